// A mail relay on loopback that remembers what it took and answers as it is told.

#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "tests/outbox/loopback.hpp"

namespace triaged::test {

struct ReceivedMail {
    std::string from;
    std::string to;
    std::string message;  // as it was meant: without the dots that were added
    std::string raw;      // as it came over the wire, with its end
};

class SmtpReceiver {
public:
    std::uint16_t port() const { return server_.port(); }
    /// What is said next after `verb` (`greeting`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `message`); the last one
    /// stays.
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
    int conversations() const { return conversations_; }

private:
    void converse(boost::asio::ip::tcp::socket& socket)
    {
        ++conversations_;
        boost::system::error_code failure;
        std::string inbox;
        ReceivedMail mail;
        const auto say = [&](const std::string& text) {
            boost::asio::write(socket, boost::asio::buffer(text + "\r\n"), failure);
        };
        say(reply_to("greeting"));
        while (!failure) {
            const auto size =
                boost::asio::read_until(socket, boost::asio::dynamic_buffer(inbox), "\r\n", failure);
            if (failure) return;
            const auto line = inbox.substr(0, size - 2);
            inbox.erase(0, size);
            const auto verb = line.substr(0, 4);
            if (verb == "QUIT") return;
            if (verb == "MAIL") mail.from = line;
            if (verb == "RCPT") mail.to = line;
            const auto reply = reply_to(verb);
            say(reply);
            if (verb != "DATA" || !reply.starts_with("354")) continue;
            const auto end =
                boost::asio::read_until(socket, boost::asio::dynamic_buffer(inbox), "\r\n.\r\n", failure);
            if (failure) return;
            mail.raw = inbox.substr(0, end);
            mail.message = without_dots(mail.raw);
            inbox.erase(0, end);
            {
                const std::lock_guard lock(mutex_);
                received_.push_back(mail);
            }
            say(reply_to("message"));
        }
    }

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

    std::atomic<int> conversations_{0};
    mutable std::mutex mutex_;
    std::map<std::string, std::vector<std::string>> replies_{{"greeting", {"220 relay"}}};
    std::vector<ReceivedMail> received_;
    LoopbackServer server_{[this](boost::asio::ip::tcp::socket& socket) { converse(socket); }};
};

}  // namespace triaged::test
