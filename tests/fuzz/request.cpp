// libFuzzer entry: any bytes are a request or a refusal. Build with clang++
// -fsanitize=fuzzer,address,undefined.

#include <cstdint>
#include <string>

#include "engine/channels/request.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto facts = triaged::built_in_facts();
    static triaged::channels::RequestParser parser(16);
    std::string line(reinterpret_cast<const char*>(data), size);
    line.reserve(size + triaged::channels::RequestParser::padding);
    const auto parsed = parser.parse(line, facts);
    if (!parsed && parsed.error().error.message.empty()) __builtin_trap();
    return 0;
}
