#include "bench/load/meter.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace triaged::load {

namespace fs = std::filesystem;

namespace {

/// `comm` and the fields after it of a `stat` file; the name may hold spaces, so it ends at the last
/// parenthesis.
bool read_stat(const fs::path& path, std::string& name, std::vector<std::string>& fields)
{
    auto in = std::ifstream(path);
    std::string line;
    if (!std::getline(in, line)) return false;
    const auto open = line.find('('), close = line.rfind(')');
    if (open == std::string::npos || close == std::string::npos) return false;
    name = line.substr(open + 1, close - open - 1);
    auto rest = std::istringstream(line.substr(close + 1));
    fields.clear();
    for (std::string field; rest >> field;) fields.push_back(field);
    return fields.size() > 12;
}

std::string proc(int pid) { return "/proc/" + (pid == 0 ? std::string("self") : std::to_string(pid)); }

}  // namespace

std::map<std::string, double> cpu_by_thread(int pid)
{
    std::map<std::string, double> seconds;
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    std::error_code gone;
    std::string name;
    std::vector<std::string> fields;
    for (const auto& task : fs::directory_iterator(proc(pid) + "/task", gone)) {
        // schedstat counts nanoseconds; stat only hundredths of a second.
        auto in = std::ifstream(task.path() / "schedstat");
        std::uint64_t nanoseconds = 0;
        if (!read_stat(task.path() / "stat", name, fields)) continue;
        if (in >> nanoseconds && nanoseconds > 0)
            seconds[name] += static_cast<double>(nanoseconds) / 1e9;
        else
            seconds[name] += (std::stod(fields[11]) + std::stod(fields[12])) / ticks;
    }
    return seconds;
}

std::map<std::string, double> cpu_of_tree(int pid)
{
    auto seconds = cpu_by_thread(pid);
    std::error_code gone;
    std::string name;
    std::vector<std::string> fields;
    for (const auto& entry : fs::directory_iterator("/proc", gone)) {
        const auto number = entry.path().filename().string();
        if (number.find_first_not_of("0123456789") != std::string::npos) continue;
        if (!read_stat(entry.path() / "stat", name, fields) || fields[1] != std::to_string(pid)) continue;
        for (const auto& [thread, used] : cpu_of_tree(std::stoi(number))) seconds[thread] += used;
    }
    return seconds;
}

std::uint64_t resident_bytes(int pid)
{
    auto in = std::ifstream(proc(pid) + "/statm");
    std::uint64_t pages = 0, resident = 0;
    in >> pages >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace triaged::load
