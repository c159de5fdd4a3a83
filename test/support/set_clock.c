/* Preloaded into a program under test: its clock on the wall differs by as many seconds as the file
   $CARILLON_TEST_CLOCK says (64 bits), from one moment to the next. Clocks that measure time stay as they
   are. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long long* difference;

__attribute__((constructor)) static void begin(void) {
  const char* name = getenv("CARILLON_TEST_CLOCK");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void* seen = mmap(NULL, sizeof(*difference), PROT_READ, MAP_SHARED, file, 0);
  if (seen != MAP_FAILED) difference = seen;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  int done = (int)syscall(SYS_clock_gettime, clock, time);
  if (done == 0 && difference && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    time->tv_sec += *difference;
  return done;
}

int gettimeofday(struct timeval* restrict time, void* restrict zone) {
  int done = (int)syscall(SYS_gettimeofday, time, zone);
  if (done == 0 && difference) time->tv_sec += *difference;
  return done;
}

time_t time(time_t* also) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (also) *also = now.tv_sec;
  return now.tv_sec;
}
