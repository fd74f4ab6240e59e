#include "tests/paths.hpp"

namespace triaged::test {

std::string in_checkout(const std::string& path) { return TRIAGED_SOURCE_DIR "/" + path; }

}  // namespace triaged::test
