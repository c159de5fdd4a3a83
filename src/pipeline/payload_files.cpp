#include "pipeline/payload_files.hpp"

namespace carillon::pipeline {

std::vector<store::DeliveryFile> stored_files(const std::vector<reporter::PayloadFile>& files) {
  std::vector<store::DeliveryFile> rows;
  rows.reserve(files.size());
  for (const reporter::PayloadFile& file : files)
    rows.push_back({file.name, file.size, file.escaped, file.at, file.most, file.label});
  return rows;
}

std::vector<reporter::PayloadFile> payload_files(const std::vector<store::DeliveryFile>& files) {
  std::vector<reporter::PayloadFile> parts;
  parts.reserve(files.size());
  for (const store::DeliveryFile& file : files)
    parts.push_back({file.name, file.size, file.escaped, file.at, file.most, file.label});
  return parts;
}

}  // namespace carillon::pipeline
