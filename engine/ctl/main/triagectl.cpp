// triagectl: the command line of triaged.

#include <cstdlib>
#include <exception>
#include <iostream>

#include <unistd.h>

#include "engine/ctl/commands.hpp"

int main(int argc, char** argv)
{
    const char* const term = std::getenv("TERM");
    const bool capable = !term || std::string_view(term) != "dumb";
    const bool screen = ::isatty(STDERR_FILENO) != 0 && capable;
    const triaged::ctl::Console console{std::cin, std::cout, std::cerr,
                                        ::isatty(STDOUT_FILENO) != 0 && screen, screen};
    try {
        return triaged::ctl::run({argv + 1, argv + argc}, console);
    } catch (const std::exception& failure) {
        std::cerr << "triagectl: " << failure.what() << '\n';
        return triaged::ctl::exit_usage;
    }
}
