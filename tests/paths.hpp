// Where the checkout lies, for tests that read what it ships.

#pragma once

#include <string>

namespace triaged::test {

/// \param path  from the root of the checkout, such as `config/triaged.yaml`.
std::string in_checkout(const std::string& path);

}  // namespace triaged::test
