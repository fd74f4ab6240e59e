// Leads and how they are reached: `leads` of queues.yaml, `outbox` of triaged.yaml.

#include <charconv>

#include <fmt/format.h>

#include "engine/config/readers.hpp"
#include "engine/config/values.hpp"

namespace triaged::config {

namespace {

/// The `host` or `host:port` of a webhook's URL; empty if it is not one.
std::string authority_of(std::string_view url)
{
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return {};
    url.remove_prefix(scheme.size());
    auto authority = url.substr(0, url.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos) return {};
    if (const auto colon = authority.rfind(':');
        colon != std::string_view::npos && !authority.ends_with(']')) {
        int port = 0;
        const auto* const end = authority.data() + authority.size();
        const auto [rest, failure] = std::from_chars(authority.data() + colon + 1, end, port);
        if (failure != std::errc{} || rest != end || port < 1 || port > 65'535) return {};
    }
    return std::string(authority);
}

bool may_reach(const OutboxSettings& outbox, const std::string& authority)
{
    return outbox.hosts.contains(authority) ||
           outbox.hosts.contains(authority.substr(0, authority.rfind(':')));
}

void read_webhook(Section& section, const OutboxSettings& outbox, Lead& lead)
{
    section.text("webhook", lead.webhook);
    if (lead.webhook.empty()) return;
    const auto& node = *section.take("webhook");
    const auto authority = authority_of(lead.webhook);
    if (authority.empty())
        section.error(node, "bad-value", fmt::format("'{}' is no address of a webhook", lead.webhook),
                      "write http://host:port/path; put a proxy before it that speaks https");
    else if (!may_reach(outbox, authority))
        section.error(node, "bad-value", fmt::format("webhooks may not go to '{}'", authority),
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

/// Who takes mail to leads, and whom it is from: both, or none.
void read_relay(Section& owner, OutboxSettings& outbox)
{
    const auto* const node = owner.take("mail");
    if (!node) return;
    Section section(owner.document(), *node, owner.name_of("mail"));
    section.require("from");
    read_mail_address(section, "from", outbox.mail_from);
    if (const auto* const relay = section.require("relay")) {
        std::string text;
        section.text("relay", text);
        const auto address = parse_address(text);
        if (address)
            outbox.mail_relay = *address;
        else
            section.error(*relay, "bad-address", fmt::format("relay: {}", address.error().message));
    }
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
    read_relay(section, outbox);
    section.integer("attempts", outbox.attempts_max, 1, 100);
    section.duration("timeout", outbox.timeout);
    section.duration("retry_first", outbox.retry_first);
    section.duration("retry_max", outbox.retry_max);
    section.finish();
}

}  // namespace triaged::config
