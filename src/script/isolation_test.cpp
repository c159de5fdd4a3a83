// What goes wrong with one call changes nothing for the others.
#include <array>

#include "script/python.hpp"
#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Isolation : public ScriptTest {
 protected:
  Isolation() { options_.time_limit = std::chrono::seconds(1); }

  static constexpr const char* kBody = R"(
import asyncio, gc, time
from carillon import _runtime
class Calls:
    def sleeps(self, x): time.sleep(5)
    def fine(self, x): return "fine"
    async def waits(self, x):
        await asyncio.sleep(0.05)
        return "waited"
    async def never(self, x): await asyncio.sleep(100)
    def length(self, x): return len(x)
    def lose_the_next(self, x):
        def lose(*args):
            _runtime._HANDLERS["call"] = _runtime._call
        _runtime._HANDLERS["call"] = lose
    def no_memory_to_take(self, x):
        take = _runtime._bridge.take
        def fails():
            _runtime._bridge.take = take
            raise MemoryError()
        _runtime._bridge.take = fails
    def collect(self, x):
        return gc.collect() > 0
    def no_memory_to_describe(self, x):
        describe = _runtime._places.describe
        def fails(*args):
            _runtime._places.describe = describe
            raise MemoryError()
        _runtime._places.describe = fails
        raise ValueError("bad")
)";

  settings::ObjectPtr calls() { return object(kBody, "Calls()"); }

  // All at once, in this order; the answers as called() has them.
  std::vector<std::string> together(const settings::ObjectPtr& object,
                                    const std::vector<std::string>& methods,
                                    const json::value& argument = nullptr) {
    std::vector<std::string> answers(methods.size());
    for (std::size_t i = 0; i < methods.size(); ++i) {
      asio::co_spawn(io_, object->call(methods[i], {argument}, "main"),
                     [&answers, i](const std::exception_ptr& e, Result<json::value> result) {
                       if (e) std::rethrow_exception(e);
                       answers[i] = result ? json::serialize(*result) : "error: " + result.error().what;
                     });
    }
    io_.run();
    io_.restart();
    return answers;
  }
};

TEST_F(Isolation, WhoWaitsForAStuckCallbackIsNotGivenUp) {
  EXPECT_THAT(together(calls(), {"waits", "sleeps", "fine", "waits"}),
              ElementsAre(R"("waited")", HasSubstr("stuck in a callback"), R"("fine")", R"("waited")"));
}

TEST_F(Isolation, TheirOwnTimeStillEnds) {
  EXPECT_THAT(together(calls(), {"never", "sleeps"}),
              ElementsAre(HasSubstr("it takes longer than 1 s"), HasSubstr("stuck in a callback")));
}

TEST_F(Isolation, WhatPythonNeverAnswersIsGivenUpAndAllElseGoesOn) {
  EXPECT_THAT(together(calls(), {"lose_the_next", "fine", "fine"}),
              ElementsAre("null", HasSubstr("Python does not answer"), R"("fine")"));
}

TEST_F(Isolation, AFailureToTakeRequestsLosesNone) {
  const auto object = calls();
  EXPECT_THAT(together(object, {"no_memory_to_take", "fine", "fine"}),
              ElementsAre("null", R"("fine")", R"("fine")"));
  // The failure and its frames refer to each other, and to the bridge.
  EXPECT_THAT(together(object, {"collect"}), ElementsAre("true"));
}

TEST_F(Isolation, AFailureThatCannotBeDescribedIsAnsweredAllTheSame) {
  EXPECT_THAT(together(calls(), {"no_memory_to_describe", "fine"}),
              ElementsAre(HasSubstr("ValueError"), R"("fine")"));
}

// Python's allocator, without memory for what is large.
class SmallMemory {
 public:
  static constexpr std::size_t most = 1'000'000;

  SmallMemory() {
    const Lock lock;
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &usual());
    PyMemAllocatorEx small = usual();
    small.malloc = [](void* ctx, std::size_t size) {
      return size > most ? nullptr : usual().malloc(ctx, size);
    };
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &small);
  }
  ~SmallMemory() {
    const Lock lock;
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &usual());
  }
  SmallMemory(const SmallMemory&) = delete;
  SmallMemory& operator=(const SmallMemory&) = delete;

 private:
  static PyMemAllocatorEx& usual() {
    static PyMemAllocatorEx allocator;
    return allocator;
  }
};

TEST_F(Isolation, WhatDoesNotFitIntoMemoryFailsAloneAtItsTurn) {
  const auto object = calls();
  const json::value large(json::string(2'000'000, 'x'));
  std::vector<std::string> answers;
  {
    const SmallMemory small;
    std::array<std::string, 3> got;
    const std::array<json::value, 3> arguments{"ab", large, "abc"};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      asio::co_spawn(io_, object->call("length", {arguments[i]}, "main"),
                     [&got, i](const std::exception_ptr& e, Result<json::value> result) {
                       if (e) std::rethrow_exception(e);
                       got[i] = result ? json::serialize(*result) : "error: " + result.error().what;
                     });
    }
    io_.run();
    io_.restart();
    answers.assign(got.begin(), got.end());
  }
  EXPECT_THAT(answers, ElementsAre("2", HasSubstr("MemoryError"), "3"));
  EXPECT_EQ(called(object, "length", json::array{large}), "2000000");
}

}  // namespace
}  // namespace carillon::script
