// What logs includes this. fmt's library has the machinery of formatting; without the declaration below each file
// that logs would compile it again, for 5 seconds.

#pragma once

#include <spdlog/spdlog.h>

#if FMT_VERSION < 100000
extern template void fmt::detail::vformat_to<char>(fmt::detail::buffer<char>&, fmt::string_view,
                                                   fmt::basic_format_args<fmt::format_context>,
                                                   fmt::detail::locale_ref);
#endif
