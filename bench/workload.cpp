#include "bench/workload.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "engine/model/result.hpp"

namespace triaged::workload {

namespace {

constexpr std::size_t tickets_made = 512;  // enough that one ticket's words are not in the cache for the next
constexpr std::size_t common_words = 120;  // nobody writes rules about these
constexpr std::size_t long_text_bytes = 1'000'000;

using Random = std::mt19937;

std::size_t pick(Random& random, std::size_t below) { return random() % below; }

template <class T>
const T& one(Random& random, const std::vector<T>& of)
{
    return of[pick(random, of.size())];
}

/// At most so many of `text`, without cutting a character of UTF-8.
std::string first_bytes(const std::string& text, std::size_t bytes)
{
    while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
    return text.substr(0, bytes);
}

/// Words of the sample's texts, in their order, without punctuation.
std::vector<std::string> words_of(const std::string& text)
{
    std::vector<std::string> words;
    std::string word;
    for (const char c : text + " ") {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter) word += static_cast<char>(c | 0x20);
        if (letter || word.empty()) continue;
        words.push_back(std::exchange(word, {}));
    }
    return words;
}

std::vector<std::string> sample_texts()
{
    std::vector<std::string> texts;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(TRIAGED_SOURCE_DIR "/config/sample"))
        if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) {
            const auto ticket = boost::json::parse(line).as_object();
            if (const auto* const body = ticket.if_contains("body")) texts.emplace_back(body->as_string());
        }
    }
    check(!texts.empty(), "the sample has texts");
    return texts;
}

/// What the sample's customers write about.
struct Language {
    std::vector<std::string> texts = sample_texts();
    std::vector<std::string> telling;  // words, the most common apart
    std::vector<std::string> phrases;  // two or three words that stand side by side
    std::vector<std::string> common;

    Language()
    {
        std::map<std::string, std::size_t> counts;
        std::set<std::string> seen;
        for (const auto& text : texts) {
            const auto words = words_of(text);
            for (std::size_t i = 0; i < words.size(); ++i) {
                ++counts[words[i]];
                if (i + 1 < words.size()) seen.insert(words[i] + " " + words[i + 1]);
                if (i + 2 < words.size()) seen.insert(words[i] + " " + words[i + 1] + " " + words[i + 2]);
            }
        }
        phrases.assign(seen.begin(), seen.end());
        std::vector<std::pair<std::size_t, std::string>> ranked;
        for (const auto& [word, count] : counts)
            if (word.size() > 2) ranked.emplace_back(count, word);
        std::sort(ranked.rbegin(), ranked.rend());
        for (std::size_t i = 0; i < ranked.size(); ++i)
            (i < common_words ? common : telling).push_back(ranked[i].second);
    }
};

const Language& language()
{
    static const Language made;
    return made;
}

/// Runs of Han characters, which no spaces part.
std::string han_run(Random& random, std::size_t characters)
{
    std::string out;
    for (std::size_t i = 0; i < characters; ++i) {
        const auto code = 0x4E00 + pick(random, 1500);
        out += static_cast<char>(0xE0 | (code >> 12));
        out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
    return out;
}

struct Attribute {
    std::string name;
    std::vector<std::string> values;
    bool selective = false;
};

std::vector<std::string> numbered(const std::string& prefix, std::size_t count)
{
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(prefix + std::to_string(i));
    return out;
}

std::vector<Attribute> attributes(std::size_t rules)
{
    return {
        {"channel", {"faq", "chat", "email", "phone"}},
        {"customer.tier", {"standard", "prime", "business", "vip"}},
        {"customer.kind", {"buyer", "seller"}},
        {"language", {"en", "de", "fr", "es", "it", "ja", "nl", "pl", "sv", "tr"}},
        {"marketplace", {"com", "co.uk", "de", "fr", "es", "it", "co.jp", "nl", "pl", "se", "com.tr", "ca"}},
        {"order.status", {"placed", "shipped", "delivered", "cancelled", "returned", "refunded"}},
        {"order.product", numbered("product-", std::max<std::size_t>(40, rules / 8)), true},
        {"seller", numbered("seller-", std::max<std::size_t>(100, rules / 2)), true}};
}

struct Number {
    std::string name;
    double most;
};
const std::vector<Number> numbers{{"order.value", 2000}, {"customer.contacts", 20}, {"order.days_late", 15}};

class Writer {
public:
    Writer(Kind kind, std::size_t rules) : kind_(kind), rules_(rules), attributes_(attributes(rules)) {}

    Workload make()
    {
        Workload out;
        const std::vector<std::pair<std::string, std::string>> stages{{"enrich", "{set: {region: north}}"},
                                                                      {"classify", "{tags: [t]}"},
                                                                      {"prioritise", "{skills: {s: 1}}"},
                                                                      {"route", "{queue: special}"},
                                                                      {"escalate", "{raise: 1}"}};
        for (std::size_t s = 0; s < stages.size(); ++s) {
            std::string text = "stage: " + stages[s].first + "\nrules:\n";
            for (const auto end = rules_ * (s + 1) / stages.size(); made_.size() < end;) {
                text += fmt::format("  - rule: r{}\n    when: ", made_.size());
                made_.push_back(rule());
                text += fmt::format("{}\n    then: {}\n", when(made_.back()), stages[s].second);
            }
            if (stages[s].first == "route") text += "  - rule: default\n    then: {queue: general}\n";
            out.sources.push_back({stages[s].first + ".yaml", std::move(text)});
        }
        const auto count = kind_ == Kind::long_texts ? 8 : tickets_made;
        for (std::size_t i = 0; i < count; ++i) out.tickets.push_back(ticket());
        out.rules = std::move(made_);
        return out;
    }

private:
    std::string pattern()
    {
        if (kind_ == Kind::cjk) return han_run(random_, 2 + pick(random_, 3));
        return pick(random_, 3) == 0 ? one(random_, language().telling) : one(random_, language().phrases);
    }

    Condition on_text()
    {
        Condition made;
        made.fact = "text";
        if (kind_ == Kind::expressions) {
            const auto first = one(random_, language().telling), second = one(random_, language().telling);
            made.any_of = {first + " 12 " + second};
            made.yaml = fmt::format("text: '/{}\\s+(no\\.?\\s*)?\\d{{2,6}}\\s+{}s?/'", first, second);
            return made;
        }
        for (std::size_t i = 0, count = 1 + pick(random_, 4); i < count; ++i)
            made.any_of.push_back(pattern());
        made.yaml = fmt::format("text: [\"{}\"]", fmt::join(made.any_of, "\", \""));
        return made;
    }

    Condition on_attribute(bool selective)
    {
        const auto* attribute = &one(random_, attributes_);
        while (attribute->selective != selective) attribute = &one(random_, attributes_);
        Condition made;
        made.fact = attribute->name;
        made.any_of = {one(random_, attribute->values)};
        if (!selective && pick(random_, 3) == 0) made.any_of.push_back(one(random_, attribute->values));
        made.yaml = fmt::format("{}: [{}]", made.fact, fmt::join(made.any_of, ", "));
        return made;
    }

    Condition on_number()
    {
        const auto& number = one(random_, numbers);
        Condition made;
        made.fact = number.name;
        made.low = static_cast<double>(pick(random_, static_cast<std::size_t>(number.most)));
        if (pick(random_, 2)) {
            made.yaml = fmt::format("{}: {{at_least: {}}}", made.fact, made.low);
        } else {
            made.high = made.low * 1.2 + 2;
            made.yaml = fmt::format("{}: {{between: [{}, {}]}}", made.fact, made.low, made.high);
        }
        return made;
    }

    /// So narrow that a number lies in three of them.
    Condition stretch()
    {
        const auto& number = numbers.front();
        constexpr std::size_t places = 1'000'000;
        Condition made;
        made.fact = number.name;
        made.low = number.most * static_cast<double>(pick(random_, places)) / static_cast<double>(places);
        made.high = made.low + 3 * number.most / static_cast<double>(rules_);
        made.yaml = fmt::format("{}: {{between: [{:.6f}, {:.6f}]}}", made.fact, made.low, made.high);
        return made;
    }

    Condition common_word()
    {
        Condition made;
        made.fact = "body";
        made.any_of = {language().common.front()};
        made.yaml = "body: " + made.any_of.front();
        return made;
    }

    /// Two to four on different things, one of them selective unless the workload is meant to have none.
    std::vector<Condition> conditions()
    {
        if (kind_ == Kind::numbers) return {stretch()};
        std::map<std::string, Condition> made;
        const auto add = [&](Condition condition) { made.emplace(condition.fact, std::move(condition)); };
        const std::size_t wanted = 2 + pick(random_, 3);
        if (kind_ == Kind::common_word) add(common_word());
        // A few hundred rules tell texts apart; more than that are about one seller's goods or another's.
        const bool by_text = pick(random_, std::max<std::size_t>(2, rules_ / 300)) == 0;
        if (kind_ != Kind::unselective) add(by_text ? on_text() : on_attribute(true));
        while (made.size() < wanted) {
            const auto dice = pick(random_, 10);
            if (dice < 4 && kind_ != Kind::unselective)
                add(on_text());
            else
                add(dice < 8 ? on_attribute(false) : on_number());
        }
        std::vector<Condition> out;
        for (auto& [key, condition] : made) out.push_back(std::move(condition));
        return out;
    }

    /// Now and then something must not be, or a further condition holds in one of two ways.
    Rule rule()
    {
        Rule made{conditions()};
        made.unless = pick(random_, 8) == 0;
        made.either = pick(random_, 8) == 0;
        return made;
    }

    static std::string when(const Rule& rule)
    {
        std::string out;
        for (const auto& condition : rule.conditions) out += (out.empty() ? "{" : ", ") + condition.yaml;
        if (rule.unless) out += ", not: {order.status: cancelled, customer.kind: seller}";
        if (rule.either) out += ", any: [{customer.tier: [prime, vip]}, {order.value: {at_least: 3}}]";
        return out + "}";
    }

    Ticket ticket()
    {
        Ticket out;
        for (const auto& attribute : attributes_) set(out, attribute.name, one(random_, attribute.values));
        for (const auto& number : numbers)
            set_number(out, number.name,
                       static_cast<double>(pick(random_, static_cast<std::size_t>(number.most))));
        write(out);
        for (std::size_t meets = 1 + pick(random_, 2); meets > 0; --meets) meet(out, one(random_, made_));
        return out;
    }

    void write(Ticket& out)
    {
        if (kind_ == Kind::cjk) {
            out.subject = han_run(random_, 12);
            for (int i = 0; i < 20; ++i) out.body += han_run(random_, 15) + "\xE3\x80\x82";
            return;
        }
        const std::size_t words = 60 + pick(random_, 241);
        const auto& texts = language().texts;
        out.subject = first_bytes(one(random_, texts), 60);
        std::size_t written = 0;
        while (kind_ == Kind::long_texts ? out.body.size() < long_text_bytes : written < words) {
            const auto& text = one(random_, texts);
            out.body += text + "\n";
            written += words_of(text).size();
        }
        out.body += " " + language().common.front();
    }

    static void set(Ticket& ticket, const std::string& name, const std::string& value)
    {
        (name.starts_with("customer.") ? ticket.customer : ticket.facts).set(name, std::string_view(value));
    }
    static void set_number(Ticket& ticket, const std::string& name, double value)
    {
        (name.starts_with("customer.") ? ticket.customer : ticket.facts).set(name, value);
    }

    static void meet(Ticket& ticket, const Rule& rule)
    {
        for (const auto& condition : rule.conditions) {
            if (condition.on_text())
                ticket.body += "\n" + condition.any_of.back() + ".";
            else if (!condition.any_of.empty())
                set(ticket, condition.fact, condition.any_of.front());
            else
                set_number(ticket, condition.fact, condition.low);
        }
    }

    Kind kind_;
    std::size_t rules_;
    std::vector<Attribute> attributes_;
    std::vector<Rule> made_;
    Random random_{7};
};

}  // namespace

Workload make(Kind kind, std::size_t rules) { return Writer(kind, rules).make(); }

std::vector<std::string> literals(std::size_t count)
{
    Random random;
    const auto& [texts, telling, phrases, common] = language();
    std::set<std::string> out;
    while (out.size() < count) out.insert(pick(random, 3) == 0 ? one(random, telling) : one(random, phrases));
    return {out.begin(), out.end()};
}

rulebook::Vocabulary vocabulary()
{
    rulebook::Vocabulary words;
    words.queues = {QueueName("general"), QueueName("special")};
    words.skills = {"s"};
    for (const auto* const name : {"seller", "region"})
        words.facts.emplace(name, FactDeclaration{name, FactType::text, {}, ""});
    return words;
}

std::shared_ptr<const rulebook::Rulebook> load(const std::vector<rulebook::Source>& sources)
{
    std::vector<Diagnostic> found;
    auto book = rulebook::Rulebook::load(sources, vocabulary(), found);
    if (!book) fmt::print(stderr, "{}", render(found, false).substr(0, 2000));
    check(book != nullptr, "generated rules are correct");
    return book;
}

}  // namespace triaged::workload
