#include "engine/outbox/smtp.hpp"

#include <cctype>

#include <fmt/format.h>
#include <boost/asio/ip/host_name.hpp>

#include "engine/config/values.hpp"
#include "engine/outbox/attempt.hpp"
#include "engine/outbox/connection.hpp"

namespace triaged::outbox {

namespace asio = boost::asio;

namespace {

constexpr std::size_t line_bytes_max = 4'096;  // RFC 5321 has 512
constexpr int lines_max = 100;                 // of one reply
constexpr std::size_t text_bytes_max = 200;    // of a reply that is kept

constexpr int ready_for_message = 354;

bool is_good(int code) { return code >= 200 && code < 300; }

tl::unexpected<Error> no_word(const Submission& submission, std::string_view doing, std::string_view why)
{
    return fail(ErrorCode::unavailable,
                fmt::format("{}: {}: {}", config::to_string(submission.relay), doing, why));
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

/// A conversation with the relay. \pre the submission outlives it
class Talk {
public:
    Talk(asio::any_io_executor executor, const Submission& submission)
        : relay_(std::move(executor), submission.relay, submission.timeout)
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

    /// The last line of the next reply.
    asio::awaitable<Result<Reply>> listen(std::string_view doing)
    {
        for (int lines = 0; lines < lines_max; ++lines) {
            auto line = co_await next_line(doing);
            if (!line) co_return tl::unexpected<Error>(line.error());
            const bool more = line->size() > 3 && (*line)[3] == '-';
            auto reply = parse_line(*line);
            if (reply.code == 0) co_return relay_.failed(doing, "it does not speak SMTP");
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
};

std::string own_name()
{
    boost::system::error_code failure;
    auto name = asio::ip::host_name(failure);
    return failure || name.empty() ? "localhost" : name;
}

/// The relay greets and is greeted. It may say no to either, which is no word about the message.
asio::awaitable<Result<void>> greet(Talk& talk, const Submission& submission)
{
    if (auto connected = co_await talk.connect(); !connected) co_return connected;
    const auto hello = fmt::format("EHLO {}\r\n", own_name());
    auto reply = co_await talk.listen("greeting");
    if (reply && is_good(reply->code)) reply = co_await talk.say(hello, "EHLO");
    if (!reply) co_return tl::unexpected<Error>(reply.error());
    if (!is_good(reply->code))
        co_return no_word(submission, "greeting", fmt::format("{} {}", reply->code, reply->text));
    co_return Result<void>{};
}

asio::awaitable<Result<Reply>> converse(const Submission& submission)
{
    auto executor = co_await asio::this_coro::executor;
    Talk talk(executor, submission);
    if (auto greeted = co_await greet(talk, submission); !greeted)
        co_return tl::unexpected<Error>(greeted.error());
    const auto from = fmt::format("MAIL FROM:<{}>\r\n", submission.from);
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
