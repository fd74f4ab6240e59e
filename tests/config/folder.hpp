// A folder of configuration files that lives as long as a test.

#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

#include "engine/config/config.hpp"

namespace triaged::config {

class Folder {
public:
    Folder()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "triaged-config-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
        write("triaged.yaml", "");
        write("queues.yaml", "queues: {general: }\n");
        write("agents.yaml", "");
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    void write(const std::string& name, const std::string& text) const
    {
        std::ofstream(path_ / name) << text;
    }

    /// For the owner's eyes alone.
    void write_secret(const std::string& name, const std::string& text) const
    {
        write(name, text);
        std::filesystem::permissions(path_ / name, std::filesystem::perms::owner_all);
    }

    std::optional<Config> load(std::vector<Diagnostic>& found) const
    {
        return config::load((path_ / "triaged.yaml").string(), found);
    }

    /// What loading finds, `file:line:column: code: message` each, files without their folder.
    std::vector<std::string> complaints() const
    {
        std::vector<Diagnostic> found;
        load(found);
        std::vector<std::string> lines;
        for (const auto& d : found)
            lines.push_back(std::filesystem::path(d.file).filename().string() + ":" + std::to_string(d.line) +
                            ":" + std::to_string(d.column) + ": " + d.code + ": " + d.message);
        return lines;
    }

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace triaged::config
