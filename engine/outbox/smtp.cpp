#include "engine/outbox/smtp.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <boost/asio/ip/host_name.hpp>

#include "engine/config/values.hpp"
#include "engine/outbox/attempt.hpp"
#include "engine/outbox/connection.hpp"
#include "engine/outbox/sha256.hpp"

namespace triaged::outbox {

namespace asio = boost::asio;

namespace {

constexpr std::size_t line_bytes_max = 4'096;  // RFC 5321 has 512
constexpr std::size_t lines_max = 100;         // of one reply
constexpr std::size_t text_bytes_max = 200;    // of a reply that is kept

constexpr int ready_for_login = 334;
constexpr int ready_for_message = 354;

bool is_good(int code) { return code >= 200 && code < 300; }

tl::unexpected<Error> no_word(const Submission& submission, std::string_view doing, std::string_view why)
{
    return fail(ErrorCode::unavailable,
                fmt::format("{}: {}: {}", config::to_string(submission.relay.at), doing, why));
}

/// `250-text` or `250 text`; the code is 0 if it is neither.
Reply parse_line(std::string_view line)
{
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    Reply reply;
    if (line.size() < 3) return reply;
    int code = 0;
    for (const char c : line.substr(0, 3)) {
        if (std::isdigit(static_cast<unsigned char>(c)) == 0) return reply;
        code = code * 10 + (c - '0');
    }
    if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return reply;
    reply.code = code;
    if (line.size() > 4) reply.text = line.substr(4, text_bytes_max);
    return reply;
}

std::string upper_case(std::string text)
{
    for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

/// A conversation with the relay. \pre the submission outlives it
class Talk {
public:
    Talk(asio::any_io_executor executor, const Submission& submission)
        : relay_(std::move(executor), submission.relay.at, submission.timeout)
    {}

    asio::awaitable<Result<void>> connect() { return relay_.open(); }

    /// Sends `bytes`, which end a line, and takes the reply. \pre they outlive the wait
    asio::awaitable<Result<Reply>> say(std::string_view bytes, std::string_view doing)
    {
        if (auto sent = co_await relay_.send(bytes, doing); !sent)
            co_return tl::unexpected<Error>(sent.error());
        auto reply = co_await listen(doing);
        co_return reply;
    }

    /// TLS from here on. What the relay has said beyond its yes to that may be somebody else's, and is no
    /// reply to what it will be asked.
    asio::awaitable<Result<void>> encrypt(const std::string& authorities)
    {
        if (!inbox_.empty()) co_return relay_.failed("TLS", "it said more than was asked");
        auto encrypted = co_await relay_.encrypt(authorities);
        co_return encrypted;
    }

    /// Whether a line of the latest reply begins with `word` and has `way`, if any, among the words after it.
    bool offers(std::string_view word, std::string_view way = {}) const
    {
        return std::any_of(reply_lines_.begin(), reply_lines_.end(), [&](const std::string& line) {
            const auto words = fmt::format(" {} ", upper_case(line));
            return words.starts_with(fmt::format(" {} ", word)) &&
                   (way.empty() ||
                    words.find(fmt::format(" {} ", way), word.size() + 1) != std::string::npos);
        });
    }

    /// The last line of the next reply.
    asio::awaitable<Result<Reply>> listen(std::string_view doing)
    {
        reply_lines_.clear();
        while (reply_lines_.size() < lines_max) {
            auto line = co_await next_line(doing);
            if (!line) co_return tl::unexpected<Error>(line.error());
            const bool more = line->size() > 3 && (*line)[3] == '-';
            auto reply = parse_line(*line);
            if (reply.code == 0) co_return relay_.failed(doing, "it does not speak SMTP");
            reply_lines_.push_back(reply.text);
            if (!more) co_return reply;
        }
        co_return relay_.failed(doing, "a reply without end");
    }

    /// Nobody waits for an answer: what was said about the message stands.
    asio::awaitable<void> leave() { co_await relay_.send("QUIT\r\n", "QUIT"); }

private:
    asio::awaitable<Result<std::string>> next_line(std::string_view doing)
    {
        while (inbox_.find('\n') == std::string::npos) {
            if (inbox_.size() > line_bytes_max) co_return relay_.failed(doing, "a line without end");
            auto come = co_await relay_.receive(doing);
            if (!come) co_return tl::unexpected<Error>(come.error());
            if (come->empty()) co_return relay_.failed(doing, "it hung up");
            inbox_ += *come;
        }
        const auto size = inbox_.find('\n') + 1;
        auto line = inbox_.substr(0, size);
        inbox_.erase(0, size);
        co_return line;
    }

    Connection relay_;
    std::string inbox_;
    std::vector<std::string> reply_lines_;  // of the latest reply, without their codes
};

std::string own_name()
{
    boost::system::error_code failure;
    auto name = asio::ip::host_name(failure);
    return failure || name.empty() ? "localhost" : name;
}

/// \return that what the relay was asked for went well, or `unavailable` with its answer.
Result<void> granted(const Submission& submission, std::string_view doing, const Result<Reply>& reply)
{
    if (!reply) return tl::unexpected<Error>(reply.error());
    if (is_good(reply->code)) return {};
    return no_word(submission, doing, fmt::format("{} {}", reply->code, reply->text));
}

/// The relay says what it can.
asio::awaitable<Result<void>> hello(Talk& talk, const Submission& submission)
{
    const auto line = fmt::format("EHLO {}\r\n", own_name());
    const auto reply = co_await talk.say(line, "EHLO");
    co_return granted(submission, "greeting", reply);
}

/// TLS, if the settings and the relay have it so. \pre the relay has said what it can; after, it has said so
/// anew
asio::awaitable<Result<void>> secure(Talk& talk, const Submission& submission)
{
    using Tls = config::MailRelay::Tls;
    const auto wanted = submission.relay.tls;
    if (wanted == Tls::never || wanted == Tls::implicit) co_return Result<void>{};
    if (!talk.offers("STARTTLS")) {
        if (wanted == Tls::offered) co_return Result<void>{};
        co_return no_word(submission, "TLS", "it does not offer it");
    }
    const auto reply = co_await talk.say("STARTTLS\r\n", "STARTTLS");
    auto done = granted(submission, "STARTTLS", reply);
    if (done) done = co_await talk.encrypt(submission.authorities);
    if (done) done = co_await hello(talk, submission);
    co_return done;
}

/// \pre the relay has said what it can
asio::awaitable<Result<void>> log_in(Talk& talk, const Submission& submission)
{
    constexpr std::string_view doing = "login";
    const auto& relay = submission.relay;
    if (relay.user.empty()) co_return Result<void>{};
    std::vector<std::string> lines;
    if (talk.offers("AUTH", "PLAIN"))
        lines = {"AUTH PLAIN " + base64('\0' + relay.user + '\0' + relay.password)};
    else if (talk.offers("AUTH", "LOGIN"))
        lines = {"AUTH LOGIN", base64(relay.user), base64(relay.password)};
    else
        co_return no_word(submission, doing, "it offers neither PLAIN nor LOGIN");
    for (std::size_t at = 0;; ++at) {
        const auto line = lines[at] + "\r\n";
        const auto reply = co_await talk.say(line, doing);
        const bool wants_more = reply && reply->code == ready_for_login && at + 1 < lines.size();
        if (!wants_more) co_return granted(submission, doing, reply);
    }
}

/// All that comes before the message. The relay may say no to it, which is no word about the message.
asio::awaitable<Result<void>> greet(Talk& talk, const Submission& submission)
{
    auto done = co_await talk.connect();
    if (done && submission.relay.tls == config::MailRelay::Tls::implicit)
        done = co_await talk.encrypt(submission.authorities);
    if (!done) co_return done;
    const auto reply = co_await talk.listen("greeting");
    done = granted(submission, "greeting", reply);
    if (done) done = co_await hello(talk, submission);
    if (done) done = co_await secure(talk, submission);
    if (done) done = co_await log_in(talk, submission);
    co_return done;
}

asio::awaitable<Result<Reply>> converse(const Submission& submission)
{
    auto executor = co_await asio::this_coro::executor;
    Talk talk(executor, submission);
    if (auto greeted = co_await greet(talk, submission); !greeted)
        co_return tl::unexpected<Error>(greeted.error());
    const auto from = fmt::format("MAIL FROM:<{}>\r\n", submission.relay.from);
    const auto to = fmt::format("RCPT TO:<{}>\r\n", submission.to);
    const auto message = dot_stuffed(submission.message);
    auto reply = co_await talk.say(from, "MAIL");
    if (reply && is_good(reply->code)) reply = co_await talk.say(to, "RCPT");
    if (!reply || !is_good(reply->code)) co_return reply;
    reply = co_await talk.say("DATA\r\n", "DATA");
    if (reply && is_good(reply->code)) co_return no_word(submission, "DATA", "it does not want the message");
    if (!reply || reply->code != ready_for_message) co_return reply;
    reply = co_await talk.say(message, "the message");
    co_await talk.leave();
    co_return reply;
}

}  // namespace

std::string dot_stuffed(std::string_view message)
{
    std::string out;
    bool begins = true;
    for (const char c : message) {
        if (begins && c == '.') out += '.';
        out += c;
        begins = c == '\n';
    }
    if (!begins) out += "\r\n";
    return out + ".\r\n";
}

Result<Reply> submit(const Submission& submission)
{
    // The connection ends its own waits and says at what; finding the relay has no other end than this.
    auto reply = run_for(submission.timeout + std::chrono::milliseconds{200}, converse(submission));
    if (reply) return std::move(*reply);
    return no_word(submission, "waiting", fmt::format("no answer in {}", to_string(submission.timeout)));
}

}  // namespace triaged::outbox
