#include "engine/ctl/target.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "engine/ctl/table.hpp"

namespace triaged::ctl {

namespace {

constexpr const char* local_config = "config/triaged.yaml";
constexpr const char* installed_config = "/etc/triaged/config/triaged.yaml";

/// Where the daemon listens if nobody says otherwise; docs/operations.md.
Endpoint default_endpoint() { return {"127.0.0.1", 7070, {}}; }

Endpoint endpoint_of(const config::Config& config)
{
    if (config.listen_tcp) {
        // Who listens on every address is reached on this machine's own.
        const auto& host = config.listen_tcp->host;
        const bool any = host == "0.0.0.0" || host == "::";
        return {any ? "localhost" : host, config.listen_tcp->port, {}};
    }
    return {{}, 0, config.listen_unix};
}

std::string token_of(const config::Config& config, config::Role role)
{
    const auto found = std::find_if(config.tokens.begin(), config.tokens.end(),
                                    [&](const config::Token& token) { return token.role == role; });
    return found == config.tokens.end() ? std::string() : found->secret;
}

}  // namespace

std::string config_file(const Options& options)
{
    if (!options.config_file.empty()) return options.config_file;
    return std::filesystem::exists(local_config) ? local_config : installed_config;
}

std::optional<config::Config> load_config(const Options& options, const Console& console)
{
    std::vector<Diagnostic> found;
    auto config = config::load(config_file(options), found);
    console.err << render(found, console.colour);
    return config;
}

Result<Target> find_target(const Options& options, config::Role role, const Console& console)
{
    Target target{default_endpoint(), options.token, config::SocketLimits{}.line_bytes_max,
                  config_file(options)};
    if (!options.connect.empty()) {
        const auto endpoint = parse_endpoint(options.connect);
        if (!endpoint) return tl::unexpected(endpoint.error());
        target.endpoint = *endpoint;
        return target;
    }
    if (options.config_file.empty() && !std::filesystem::exists(target.config_file)) return target;

    std::vector<Diagnostic> found;
    if (const auto config = config::load(target.config_file, found)) {
        target.endpoint = endpoint_of(*config);
        target.line_bytes_max = config->limits.line_bytes_max;
        if (target.token.empty()) target.token = token_of(*config, role);
    } else {
        complain(console, fmt::format("{} does not load (`triagectl check` says why); trying {}",
                                      target.config_file, to_string(target.endpoint)));
    }
    return target;
}

std::optional<Connection> connect(const Target& target, const Console& console)
{
    auto connection = Connection::open(target.endpoint, target.token);
    if (connection) return std::move(*connection);
    complain(console, connection.error().message);
    if (connection.error().code == ErrorCode::unavailable)
        console.err << fmt::format("  is triaged running? start it with: triaged --config {}\n",
                                   target.config_file);
    return std::nullopt;
}

void complain(const Console& console, std::string_view message)
{
    console.err << (console.colour ? paint("triagectl:", Tone::bold) : std::string("triagectl:")) << ' '
                << printable(message) << '\n';
}

}  // namespace triaged::ctl
