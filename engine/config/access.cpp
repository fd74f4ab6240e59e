// triaged.yaml: where the daemon listens and whose tokens it knows.

#include <fstream>

#include <fmt/format.h>

#include "engine/config/readers.hpp"
#include "engine/config/values.hpp"

namespace triaged::config {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t unix_path_bytes_max = 107;  // sockaddr_un holds 108 with its end
constexpr std::size_t secret_bytes_min = 16;

void read_secret(Section& section, const fs::path& folder, Token& token)
{
    const auto* const literal = section.take("secret");
    const auto* const file = section.take("secret_file");
    if ((literal == nullptr) == (file == nullptr))
        return section.error(section.node(), "missing-key", "give either 'secret' or 'secret_file'");
    std::string text;
    section.text(literal ? "secret" : "secret_file", text);
    if (file && text.empty()) return;
    token.secret = literal ? text : secret_from_file(section, *file, absolute(folder, text));
    // A file that holds no secret has been reported.
    if (token.secret.size() < secret_bytes_min && (literal || !token.secret.empty()))
        section.error(literal ? *literal : *file, "weak-secret",
                      fmt::format("the secret has fewer than {} bytes", secret_bytes_min),
                      "make one with: openssl rand -hex 24");
}

Token read_token(const yaml::Document& document, const yaml::Node& node, const fs::path& folder)
{
    Token token;
    if (node.kind == yaml::Kind::map)
        for (const auto& entry : node.entries)
            if (entry.key->text == "name") token.name = entry.value->text;

    Section section(document, node, token.name.empty() ? "a token" : fmt::format("token '{}'", token.name));
    if (!section.is_map()) return token;
    section.require("name");
    section.text("name", token.name);
    std::string role;
    section.require("role");
    section.choice("role", role, {"feeder", "agent", "ops"});
    token.role = role == "agent" ? Role::agent : role == "ops" ? Role::ops : Role::feeder;
    section.text("agent", token.agent);
    if (!token.agent.empty() && token.role != Role::agent)
        section.error(*section.take("agent"), "bad-value", "only the role agent acts for an agent");
    read_secret(section, folder, token);
    section.finish();
    return token;
}

void read_tokens(Section& settings, const fs::path& folder, std::vector<Token>& tokens)
{
    const auto* const node = settings.take("tokens");
    if (!node || node->kind == yaml::Kind::null) return;
    if (node->kind != yaml::Kind::list)
        return settings.error(*node, "wrong-type", "tokens must be a list of maps");
    for (const auto* const item : node->items) {
        auto token = read_token(settings.document(), *item, folder);
        for (const auto& other : tokens) {
            if (!token.name.empty() && other.name == token.name)
                settings.error(*item, "repeated-name", fmt::format("two tokens are named '{}'", token.name));
            else if (!token.secret.empty() && other.secret == token.secret)
                settings.error(
                    *item, "repeated-secret",
                    fmt::format("tokens '{}' and '{}' have the same secret", other.name, token.name));
        }
        tokens.push_back(std::move(token));
    }
}

std::optional<TcpAddress> read_address(Section& listen, std::string_view key)
{
    std::string text;
    listen.text(key, text);
    const auto* const node = listen.take(key);
    if (!node || node->kind != yaml::Kind::scalar) return std::nullopt;
    const auto address = parse_address(text);
    if (address) return *address;
    listen.error(*node, "bad-address", fmt::format("{}: {}", key, address.error().message));
    return std::nullopt;
}

void read_unix_path(Section& listen, const fs::path& folder, std::string& path)
{
    listen.text("unix", path);
    if (path.empty()) return;
    path = absolute(folder, path);
    if (path.size() > unix_path_bytes_max)
        listen.error(*listen.take("unix"), "bad-address",
                     fmt::format("unix: {} has {} bytes; the path of a socket has at most {}", path,
                                 path.size(), unix_path_bytes_max));
}

/// Whoever reaches HTTP is answered, and without tokens so is whoever reaches the socket: no other machine
/// may then.
void check_open(Section& listen, std::string_view key, const std::optional<TcpAddress>& address,
                bool asks_for_tokens)
{
    if (!address || is_loopback(*address) || asks_for_tokens) return;
    listen.error(*listen.take(key), "open-to-all",
                 fmt::format("{}: {} can be reached from other machines, and needs no token", key,
                             to_string(*address)),
                 key == "tcp" ? "configure tokens, or listen on 127.0.0.1" : "listen on 127.0.0.1");
}

}  // namespace

std::string secret_from_file(const Section& token, const yaml::Node& node, const std::string& path)
{
    std::string secret;
    std::ifstream stream(path, std::ios::binary);
    if (!std::getline(stream, secret)) {
        token.error(node, "unreadable-file", fmt::format("cannot read a secret from {}", path));
        return {};
    }
    if (secret.ends_with('\r')) secret.pop_back();
    std::error_code failure;
    const auto permissions = fs::status(path, failure).permissions();
    if (!failure && (permissions & fs::perms::others_read) != fs::perms::none)
        token.document().warning(node.place, "open-secret",
                                 fmt::format("everybody on this machine can read {}", path),
                                 "chmod 640 " + path);
    return secret;
}

void read_access(Section& settings, const fs::path& folder, Config& config)
{
    read_tokens(settings, folder, config.tokens);
    const auto* const node = settings.take("listen");
    if (!node) {
        config.listen_tcp = TcpAddress{"127.0.0.1", 7070};
        config.listen_http = TcpAddress{"127.0.0.1", 7071};
        return;
    }
    Section listen(settings.document(), *node, "listen");
    config.listen_tcp = read_address(listen, "tcp");
    config.listen_http = read_address(listen, "http");
    read_unix_path(listen, folder, config.listen_unix);
    listen.finish();
    if (listen.is_map() && !listen.take("tcp") && !listen.take("unix"))
        listen.error(*node, "missing-key", "there must be 'tcp' or 'unix', else nobody could connect");
    if (config.listen_tcp && config.listen_http &&
        to_string(*config.listen_tcp) == to_string(*config.listen_http))
        listen.error(*listen.take("http"), "bad-address", "http: tcp listens there already");
    check_open(listen, "tcp", config.listen_tcp, !config.tokens.empty());
    check_open(listen, "http", config.listen_http, false);
}

}  // namespace triaged::config
