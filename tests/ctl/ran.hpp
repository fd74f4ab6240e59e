// Running triagectl within a test: arguments in; text, JSON and an exit code out.

#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>

#include "engine/ctl/commands.hpp"
#include "tests/ctl/files.hpp"

namespace triaged::ctl {

struct Ran {
    int exit_code = 0;
    std::string out;
    std::string err;

    boost::json::object json() const { return boost::json::parse(out).as_object(); }
};

inline Ran triagectl(const std::vector<std::string>& arguments, const std::string& input = "")
{
    std::istringstream in(input);
    std::ostringstream out, err;
    const int exit_code = run(arguments, {in, out, err});
    return {exit_code, out.str(), err.str()};
}

/// By the configuration in `files`.
inline Ran triagectl(const Files& files, std::vector<std::string> arguments, const std::string& input = "")
{
    arguments.insert(arguments.end(), {"--config", files.path("config/triaged.yaml")});
    return triagectl(arguments, input);
}

}  // namespace triaged::ctl
