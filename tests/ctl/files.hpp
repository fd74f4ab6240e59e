// A folder of files that lives as long as a test.

#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace triaged::ctl {

class Files {
public:
    Files()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "triaged-ctl-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    ~Files() { std::filesystem::remove_all(path_); }

    /// \return the file's path.
    std::string write(const std::string& name, const std::string& text) const
    {
        const auto path = path_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }

    std::string path(const std::string& name = "") const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

}  // namespace triaged::ctl
