// Leads and how they are reached: `leads` of queues.yaml, `outbox` of triaged.yaml.

#include <fstream>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "engine/config/readers.hpp"
#include "engine/config/values.hpp"

namespace triaged::config {

namespace {

/// Allowed are hosts with every port, and single ports of a host.
bool may_reach(const OutboxSettings& outbox, const WebAddress& address)
{
    const auto whole = to_string(address.at);
    return outbox.hosts.contains(whole) || outbox.hosts.contains(whole.substr(0, whole.rfind(':')));
}

void read_webhook(Section& section, const OutboxSettings& outbox, Lead& lead)
{
    section.text("webhook", lead.webhook);
    if (lead.webhook.empty()) return;
    const auto& node = *section.take("webhook");
    const auto scheme = lead.webhook.substr(0, lead.webhook.find("://"));
    if (scheme != lead.webhook && scheme != "https" && scheme != "http")
        return section.error(node, "bad-value", fmt::format("webhooks do not go by '{}'", scheme),
                             yaml::suggest(scheme, {"https", "http"}));
    const auto address = parse_web_address(lead.webhook);
    if (!address)
        section.error(node, "bad-value", address.error().message, "write https://host/path");
    else if (!may_reach(outbox, *address))
        section.error(node, "bad-value", fmt::format("webhooks may not go to '{}'", address->authority()),
                      "add it to outbox: hosts in triaged.yaml");
}

/// The text of `key`, checked to be an address of mail.
void read_mail_address(Section& section, std::string_view key, std::string& into)
{
    section.text(key, into);
    if (into.empty() || is_mail_address(into)) return;
    section.error(*section.take(key), "bad-value", fmt::format("'{}' is no address of mail", into),
                  "write name@domain");
}

void read_mail(Section& section, const OutboxSettings& outbox, Lead& lead)
{
    read_mail_address(section, "mail", lead.mail);
    if (!lead.mail.empty() && !outbox.mail_relay)
        section.error(*section.take("mail"), "bad-value", "there is no relay to take its mail",
                      "name one under outbox: mail in triaged.yaml");
}

/// Whether `text` is certificates as PEM, one or more and nothing damaged.
bool are_certificates(std::string_view text)
{
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
    for (bool found = false;; found = true) {
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(
            PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
        if (certificate) continue;
        const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        ERR_clear_error();
        return found && at_end;
    }
}

/// The certificates of a desk's own authorities: `ca_file`, one after the other as PEM.
void read_authorities(Section& section, const std::filesystem::path& folder, OutboxSettings& outbox)
{
    std::string name;
    section.text("ca_file", name);
    if (name.empty()) return;
    const auto& node = *section.take("ca_file");
    const auto path = absolute(folder, name);
    std::ifstream stream(path, std::ios::binary);
    outbox.authorities.assign(std::istreambuf_iterator<char>(stream), {});
    if (outbox.authorities.empty())
        section.error(node, "unreadable-file", fmt::format("cannot read certificates from {}", path));
    else if (!are_certificates(outbox.authorities))
        section.error(node, "bad-value", fmt::format("{} holds no certificates, or a damaged one", path),
                      "it takes PEM: -----BEGIN CERTIFICATE-----");
}

/// `user` and `password_file`: both, or none.
void read_login(Section& section, const std::filesystem::path& folder, MailRelay& relay)
{
    section.text("user", relay.user);
    std::string file;
    section.text("password_file", file);
    const auto* const node = section.take("password_file");
    if (relay.user.empty() != file.empty())
        return section.error(section.node(), "missing-key",
                             "'user' and 'password_file' go together: give both or neither");
    if (!file.empty()) relay.password = secret_from_file(section, *node, absolute(folder, file));
}

constexpr std::uint16_t submissions_port = 465;  // where TLS comes first (RFC 8314)

/// What is said on this machine needs no TLS, and the certificate of a server for it alone is seldom
/// anybody's to check; a password is not told to others without.
void read_tls(Section& section, MailRelay& relay)
{
    using Tls = MailRelay::Tls;
    const bool here = is_loopback(relay.at);
    relay.tls = relay.at.port == submissions_port ? Tls::implicit
                : here                            ? Tls::never
                : relay.user.empty()              ? Tls::offered
                                                  : Tls::required;
    std::string text;
    section.choice("tls", text, {"required", "offered", "never", "implicit"});
    if (text.empty()) return;
    relay.tls = text == "required"   ? Tls::required
                : text == "offered"  ? Tls::offered
                : text == "implicit" ? Tls::implicit
                                     : Tls::never;
    if (!here && !relay.user.empty() && (relay.tls == Tls::offered || relay.tls == Tls::never))
        section.error(*section.take("tls"), "open-secret",
                      "the password could go over the network in the plain",
                      "write tls: required, or nothing");
}

/// Who takes mail to leads, and whom it is from: both, or none.
void read_relay(Section& owner, const std::filesystem::path& folder, OutboxSettings& outbox)
{
    const auto* const node = owner.take("mail");
    if (!node) return;
    Section section(owner.document(), *node, owner.name_of("mail"));
    MailRelay relay;
    section.require("from");
    read_mail_address(section, "from", relay.from);
    read_login(section, folder, relay);
    if (const auto* const at = section.require("relay")) {
        std::string text;
        section.text("relay", text);
        const auto address = parse_address(text);
        if (address) {
            relay.at = *address;
            read_tls(section, relay);
            outbox.mail_relay = std::move(relay);
        } else {
            section.error(*at, "bad-address", fmt::format("relay: {}", address.error().message));
        }
    }
    section.take("tls");
    section.finish();
}

}  // namespace

void read_leads(const yaml::Document& document, const yaml::Node* node, Config& config)
{
    if (!node) return;
    const yaml::MapReader map(document, *node, "leads");
    for (const auto& [key, value] : node->entries) {
        Lead lead{key->text, {}, {}, {}};
        if (value->kind == yaml::Kind::map) {
            Section section(document, *value, fmt::format("lead '{}'", key->text));
            section.text("about", lead.about);
            read_webhook(section, config.outbox, lead);
            read_mail(section, config.outbox, lead);
            section.finish();
        } else if (value->kind != yaml::Kind::null) {
            if (const auto about = yaml::read_text(document, *value, fmt::format("lead '{}'", key->text)))
                lead.about = *about;
        }
        if (!check_name(document, *key, "lead")) continue;
        config.vocabulary.leads.insert(lead.name);
        config.leads.emplace(key->text, std::move(lead));
    }
}

void read_outbox(Section& settings, const std::filesystem::path& folder, Config& config)
{
    const auto* const node = settings.take("outbox");
    if (!node) return;
    Section section(settings.document(), *node, "outbox");
    auto& outbox = config.outbox;
    if (const auto* const hosts = section.take("hosts"))
        for (const auto* const host :
             yaml::read_scalars(settings.document(), *hosts, section.name_of("hosts")))
            outbox.hosts.insert(host->text);
    if (const auto* const file = section.take("secret_file")) {
        std::string name;
        section.text("secret_file", name);
        if (!name.empty()) outbox.secret = secret_from_file(section, *file, absolute(folder, name));
    }
    read_authorities(section, folder, outbox);
    read_relay(section, folder, outbox);
    section.integer("attempts", outbox.attempts_max, 1, 100);
    section.duration("timeout", outbox.timeout);
    section.duration("retry_first", outbox.retry_first);
    section.duration("retry_max", outbox.retry_max);
    section.finish();
}

}  // namespace triaged::config
