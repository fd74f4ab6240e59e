// A mail relay on loopback that remembers what it took and answers as it is told.

#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "tests/outbox/loopback.hpp"

namespace triaged::test {

struct ReceivedMail {
    std::string from;
    std::string to;
    std::string message;  // as it was meant: without the dots that were added
    std::string raw;      // as it came over the wire, with its end
    bool tls = false;
};

class SmtpReceiver {
public:
    /// \param tls       by which it goes on after STARTTLS
    /// \param implicit  or by which it begins
    explicit SmtpReceiver(std::shared_ptr<boost::asio::ssl::context> tls = nullptr, bool implicit = false)
        : tls_(std::move(tls)), implicit_(implicit)
    {}

    std::uint16_t port() const { return server_.port(); }
    /// What is said next after `verb` (`greeting`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL`, `RCPT`, `DATA`,
    /// `message`); the last one stays.
    void answer(const std::string& verb, std::vector<std::string> replies)
    {
        const std::lock_guard lock(mutex_);
        replies_[verb] = std::move(replies);
    }
    /// Messages that were taken or refused once they were there.
    std::vector<ReceivedMail> received() const
    {
        const std::lock_guard lock(mutex_);
        return received_;
    }
    /// What came after `AUTH`, with the lines that were asked for.
    std::vector<std::string> logins() const
    {
        const std::lock_guard lock(mutex_);
        return logins_;
    }
    int conversations() const { return conversations_; }

private:
    using Socket = boost::asio::ip::tcp::socket;

    void serve(Socket& socket)
    {
        ++conversations_;
        if (!implicit_ && (!Talk<Socket>(*this, socket).greet().converse() || !tls_)) return;
        boost::system::error_code failure;
        boost::asio::ssl::stream<Socket&> stream(socket, *tls_);
        stream.handshake(boost::asio::ssl::stream_base::server, failure);
        if (failure) return;
        Talk<boost::asio::ssl::stream<Socket&>> talk(*this, stream);
        if (implicit_) talk.greet();
        talk.converse();
    }

    /// One conversation, as far as it goes in the plain or under TLS.
    template <class Stream>
    class Talk {
    public:
        Talk(SmtpReceiver& owner, Stream& stream) : owner_(owner), stream_(stream) {}

        Talk& greet()
        {
            say(owner_.reply_to("greeting"));
            return *this;
        }
        /// \return whether TLS is to follow.
        bool converse()
        {
            ReceivedMail mail;
            mail.tls = !std::is_same_v<Stream, Socket>;
            while (!failure_) {
                const auto line = read("\r\n");
                const auto verb = line.substr(0, line.find(' '));
                if (failure_ || verb == "QUIT") return false;
                if (verb == "MAIL") mail.from = line;
                if (verb == "RCPT") mail.to = line;
                if (verb == "AUTH") log_in(line);
                const auto reply = owner_.reply_to(verb);
                say(reply);
                if (verb == "STARTTLS" && reply.starts_with("220")) return true;
                if (verb == "DATA" && reply.starts_with("354")) take(mail);
            }
            return false;
        }

    private:
        void say(const std::string& text)
        {
            boost::asio::write(stream_, boost::asio::buffer(text + "\r\n"), failure_);
        }
        /// What comes before `end`.
        std::string read(const std::string& end)
        {
            const auto size =
                boost::asio::read_until(stream_, boost::asio::dynamic_buffer(inbox_), end, failure_);
            auto text = inbox_.substr(0, failure_ ? 0 : size - end.size());
            inbox_.erase(0, size);
            return text;
        }
        void log_in(std::string line)
        {
            for (int more = line == "AUTH LOGIN" ? 2 : 0; more > 0; --more) {
                say("334 go on");
                line += " " + read("\r\n");
            }
            const std::lock_guard lock(owner_.mutex_);
            owner_.logins_.push_back(line);
        }
        void take(ReceivedMail& mail)
        {
            mail.raw = read("\r\n.\r\n") + "\r\n.\r\n";
            mail.message = without_dots(mail.raw);
            if (failure_) return;
            {
                const std::lock_guard lock(owner_.mutex_);
                owner_.received_.push_back(mail);
            }
            say(owner_.reply_to("message"));
        }

        SmtpReceiver& owner_;
        Stream& stream_;
        boost::system::error_code failure_;
        std::string inbox_;
    };

    static std::string without_dots(const std::string& raw)
    {
        std::string out;
        for (std::size_t at = 0; at < raw.size();) {
            const auto end = raw.find("\r\n", at) + 2;
            const auto line = raw.substr(at, end - at);
            if (line == ".\r\n") break;
            out += line.starts_with('.') ? line.substr(1) : line;
            at = end;
        }
        return out;
    }

    std::string reply_to(const std::string& verb)
    {
        const std::lock_guard lock(mutex_);
        auto& replies = replies_[verb];
        if (replies.empty())
            return verb == "DATA" ? "354 go on" : verb == "EHLO" ? "250-relay\r\n250 8BITMIME" : "250 ok";
        auto reply = replies.front();
        if (replies.size() > 1) replies.erase(replies.begin());
        return reply;
    }

    std::shared_ptr<boost::asio::ssl::context> tls_;
    bool implicit_;
    std::atomic<int> conversations_{0};
    mutable std::mutex mutex_;
    std::map<std::string, std::vector<std::string>> replies_{
        {"greeting", {"220 relay"}}, {"STARTTLS", {"220 go on"}}, {"AUTH", {"235 welcome"}}};
    std::vector<ReceivedMail> received_;
    std::vector<std::string> logins_;
    LoopbackServer server_{[this](boost::asio::ip::tcp::socket& socket) { serve(socket); }};
};

}  // namespace triaged::test
