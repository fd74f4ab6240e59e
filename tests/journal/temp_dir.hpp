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
        // In memory where there is such a place: what these tests show does not depend on how long a sync
        // takes.
        const std::filesystem::path memory = "/dev/shm";
        const auto parent =
            std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
        std::string made = (parent / "triaged-XXXXXX").string();
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
