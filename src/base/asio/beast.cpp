// The one compilation of Boost.Beast; every other file sees declarations only.
#include <boost/beast/src.hpp>
