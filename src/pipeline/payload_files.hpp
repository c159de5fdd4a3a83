// The files of a delivery, as the reporter and as the store know them.
#pragma once

#include <vector>

#include "reporter/log_file.hpp"
#include "store/store.hpp"

namespace carillon::pipeline {

std::vector<store::DeliveryFile> stored_files(const std::vector<reporter::PayloadFile>& files);
std::vector<reporter::PayloadFile> payload_files(const std::vector<store::DeliveryFile>& files);

}  // namespace carillon::pipeline
