// A directory that lives as long as a test.

#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace triaged::test {

class TempDir {
public:
    TempDir()
    {
        std::string made = (std::filesystem::temp_directory_path() / "triaged-XXXXXX").string();
        if (!::mkdtemp(made.data())) throw std::runtime_error("no temporary directory " + made);
        path_ = made;
    }
    ~TempDir()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

}  // namespace triaged::test
