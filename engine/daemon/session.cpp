#include "engine/daemon/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "engine/channels/reply.hpp"
#include "engine/config/clock.hpp"
#include "engine/daemon/explain.hpp"
#include "engine/daemon/log.hpp"

namespace triaged::daemon {

namespace {

using boost::system::error_code;
constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);

// Replies of these may be long, so fewer of them may wait.
constexpr std::uint32_t heavy = 64;

// Beyond this many times `unsent_bytes_max` a peer that is sent things it never reads is cut off.
constexpr std::size_t unsent_factor = 4;

/// A parser's buffers are big; one a thread serves every session that runs there.
channels::RequestParser& parser_of_this_thread(int nesting_max)
{
    thread_local channels::RequestParser parser(nesting_max);
    return parser;
}

std::uint32_t weight_of(const channels::RequestBody& body)
{
    const auto* const command = std::get_if<Command>(&body);
    const bool light = command != nullptr ? !std::holds_alternative<AcceptOffer>(*command) &&
                                                !std::holds_alternative<TakeTicket>(*command)
                                          : std::holds_alternative<channels::Ping>(body);
    return light ? 1 : heavy;
}

}  // namespace

Session::Session(Socket socket, std::uint64_t number, SessionServices& services)
    : socket_(std::move(socket)),
      services_(services),
      peer_(std::make_shared<Peer>()),
      inbox_(services.limits.line_bytes_max),
      room_(socket_.get_executor()),
      work_(socket_.get_executor()),
      opened_at_(std::chrono::steady_clock::now())
{
    peer_->number = number;
    error_code ignored;
    socket_.non_blocking(true, ignored);  // for `send_what_fits`; a failure shows at the first read
    if (services.tokens.empty()) grant_ = Grant::everything();
}

void Session::start(TaskGroup& tasks)
{
    peer_->deliver = [self = weak_from_this(), executor = socket_.get_executor()](Delivery delivery) {
        // In turn, but many deliveries of one I/O thread without waking another for each.
        asio::defer(executor, [self, delivery = std::move(delivery)]() mutable {
            if (const auto session = self.lock()) session->deliver(std::move(delivery));
        });
    };
    const auto executor = socket_.get_executor();
    // Each task owns the session from the start: the reader may have ended before the writer first runs.
    tasks.spawn(executor, fmt::format("session {} reader", peer_->number), read_requests(shared_from_this()));
    tasks.spawn(executor, fmt::format("session {} writer", peer_->number), write_replies(shared_from_this()));
}

void Session::finish()
{
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
        self->stopping_ = true;
        error_code ignored;
        self->socket_.shutdown(Socket::shutdown_receive, ignored);  // ends the read under way
        self->room_.raise();
    });
}

void Session::abort()
{
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->close_now(); });
}

void Session::check_patience(SteadyTime now)
{
    asio::post(socket_.get_executor(), [self = shared_from_this(), now] {
        const bool stalled = self->write_since_ && now - *self->write_since_ > write_patience;
        const bool silent = !self->grant_ && now - self->opened_at_ > auth_patience;
        const bool lingers = self->hang_up_since_ && now - *self->hang_up_since_ > hang_up_patience;
        if (stalled) spdlog::warn("session {}: the peer reads nothing; closing", self->peer_->number);
        if (silent) spdlog::warn("session {}: no token came; closing", self->peer_->number);
        if (stalled || silent || lingers) self->close_now();
    });
}

asio::awaitable<void> Session::read_requests([[maybe_unused]] std::shared_ptr<Session> self)
{
    bool at_end = false;
    while (co_await wait_for_room()) {
        take_lines(at_end);
        if (reloading_) co_await wait_for_reload();
        if (held_back_) continue;
        if (at_end || stopping_ || closing_) break;
        const auto space = inbox_.prepare();
        const auto [failure, size] =
            co_await socket_.async_read_some(asio::buffer(space.data(), space.size()), nothrow);
        inbox_.commit(size);
        at_end = static_cast<bool>(
            failure);  // closed, shut down by `finish`, or broken: the writer will see which
    }
    reading_ended_ = true;
    work_.raise();
    task_ended();
}

bool Session::has_room() const
{
    return in_flight_ < services_.limits.in_flight_max &&
           unsent_.size() < services_.limits.unsent_bytes_max && services_.mailbox.has_room();
}

/// \return false once reading is to end.
asio::awaitable<bool> Session::wait_for_room()
{
    while (!broken_ && !closing_) {
        if (has_room() || stopping_) co_return true;
        if (!services_.mailbox.has_room()) {
            services_.mailbox.call_when_room([weak = weak_from_this(), executor = socket_.get_executor()] {
                asio::post(executor, [weak] {
                    if (const auto session = weak.lock()) session->room_.raise();
                });
            });
        }
        co_await room_.wait();
    }
    co_return false;
}

/// Lines after a reload are read by its rules, so they wait for it.
asio::awaitable<void> Session::wait_for_reload()
{
    auto done = [weak = weak_from_this(), executor = socket_.get_executor()](std::string line) {
        asio::post(executor, [weak, line = std::move(line)]() mutable {
            const auto session = weak.lock();
            if (!session) return;
            auto parcel = Parcel{session->peer_, std::chrono::steady_clock::now(), {}, 0};
            auto reply = ReadyReply{std::move(line)};
            parcel.items.push_back(Item{session->lines_, 0, {}, std::move(reply)});
            session->reloading_ = false;
            session->submit(std::move(parcel));
            session->room_.raise();
        });
    };
    if (auto tried = std::exchange(tried_, std::nullopt))
        services_.try_rules(std::move(*tried), reload_id_, lines_, std::move(done));
    else
        services_.reload(reload_id_, lines_, std::move(done));
    while (reloading_ && !broken_) co_await room_.wait();
}

void Session::take_lines(bool at_end)
{
    intake_ = services_.intake.load();
    auto parcel = Parcel{peer_, std::chrono::steady_clock::now(), {}, 0};
    std::size_t weight = in_flight_;
    held_back_ = false;
    const auto take = [&](std::string_view line) {
        ++lines_;
        auto item = make_item(line);
        weight += item.weight;
        parcel.bytes += line.size();
        if (!reloading_) parcel.items.push_back(std::move(item));
    };
    while (!closing_ && !reloading_) {
        if (weight >= services_.limits.in_flight_max && !stopping_) {
            held_back_ = true;
            break;
        }
        const auto line = inbox_.next_line();
        if (!line) break;
        take(*line);
    }
    if (reloading_) held_back_ = true;
    if (inbox_.over_long() && !closing_) {
        ++lines_;
        auto refusal = channels::Refusal{};
        refusal.error = {ErrorCode::line_too_long,
                         fmt::format("a line has more than {} bytes", services_.limits.line_bytes_max)};
        auto reply = refuse(std::move(refusal), true);
        parcel.items.push_back(Item{lines_, 1, {}, std::move(reply)});
    } else if (at_end && !held_back_ && !closing_ && !stopping_) {
        if (const auto rest = inbox_.last_line(); !rest.empty()) take(rest);
    }
    submit(std::move(parcel));
}

void Session::submit(Parcel parcel)
{
    if (parcel.items.empty()) return;
    for (const auto& item : parcel.items) in_flight_ += item.weight;
    count(services_.metrics.requests, parcel.items.size());
    services_.mailbox.put(std::move(parcel));
}

Item Session::make_item(std::string_view line)
{
    auto item = Item{lines_, 1, {}, ReadyReply{}};
    auto request = parser_of_this_thread(services_.limits.nesting_max).parse(line, intake_->facts);
    if (!request) {
        item.errand = refuse(std::move(request.error()));
        return item;
    }
    item.id = std::move(request->id);
    auto refusal = channels::Refusal{};
    refusal.id = item.id;
    const bool presents_token = std::holds_alternative<channels::Authenticate>(request->body);
    if (stopping_) {
        refusal.error = {ErrorCode::unavailable, "stopping: send it again to the next one"};
        item.errand = refuse(std::move(refusal));
    } else if (!grant_ && !presents_token) {
        refusal.error = {ErrorCode::unauthorised, "the first line must be {\"op\":\"auth\",\"token\":…}"};
        item.errand = refuse(std::move(refusal), true);
    } else if (auto error = grant_ ? objection(*grant_, request->body) : std::nullopt) {
        refusal.error = std::move(*error);
        item.errand = refuse(std::move(refusal));
    } else {
        item.weight = weight_of(request->body);
        item.errand = make_errand(std::move(request->body), item.id);
    }
    return item;
}

Errand Session::make_errand(channels::RequestBody&& body, std::string& id)
{
    return std::visit(
        [&](auto&& request) -> Errand {
            using T = std::decay_t<decltype(request)>;
            if constexpr (std::is_same_v<T, Command>) {
                return prepare(std::move(request));
            } else if constexpr (std::is_same_v<T, channels::Authenticate>) {
                return authenticate(request, id);
            } else if constexpr (std::is_same_v<T, channels::ExplainDraft>) {
                request.contact.source = source_of(grant_->name, std::move(request.contact.source));
                return ReadyReply{
                    explain_draft(*intake_->rulebook, request, id, wall_clock(), intake_->desk.get())};
            } else if constexpr (std::is_same_v<T, channels::Reload>) {
                reloading_ = true;
                reload_id_ = id;
                return ReadyReply{};
            } else if constexpr (std::is_same_v<T, channels::TryRules>) {
                reloading_ = true;
                reload_id_ = id;
                tried_ = std::move(request);
                return ReadyReply{};
            } else if constexpr (std::is_same_v<T, channels::ShowShadow>) {
                return ReadyReply{services_.show_shadow(id)};
            } else {
                return std::move(request);
            }
        },
        std::move(body));
}

/// The part of a decision that needs no state: which patterns occur in the text.
Errand Session::prepare(Command&& command)
{
    const auto complete = [&](auto& receive) {
        auto& contact = receive.contact;
        contact.source = source_of(grant_->name, std::move(contact.source));
        receive.text = intake_->rulebook->scan(contact.subject, contact.body);
    };
    if (auto* const ticket = std::get_if<ReceiveTicket>(&command)) complete(*ticket);
    if (auto* const contact = std::get_if<ReceiveContact>(&command)) complete(*contact);
    const auto name = [&](auto& leaving) {
        leaving.source = source_of(grant_->name, std::move(leaving.source));
    };
    if (auto* const abandoned = std::get_if<AbandonTicket>(&command)) name(*abandoned);
    if (auto* const callback = std::get_if<RequestCallback>(&command)) name(*callback);
    if (auto* const feedback = std::get_if<GiveFeedback>(&command))
        feedback->source = source_of(grant_->name, std::move(feedback->source));
    return std::move(command);
}

Errand Session::authenticate(const channels::Authenticate& request, const std::string& id)
{
    if (!services_.tokens.empty()) grant_ = grant_for(services_.tokens, request.token);
    if (!grant_) {
        auto refusal = channels::Refusal{};
        refusal.id = id;
        refusal.field = "token";
        refusal.error = {ErrorCode::unauthorised, "nobody holds this token"};
        return refuse(std::move(refusal), true);
    }
    ReadyReply reply;
    channels::ReplyLine(reply.line, id).field("role", role_of(*grant_)).field("name", grant_->name);
    return reply;
}

ReadyReply Session::refuse(channels::Refusal refusal, bool close)
{
    services_.metrics.error(refusal.error.code);
    closing_ = closing_ || close;
    ReadyReply reply;
    channels::append_refusal(reply.line, refusal, lines_);
    return reply;
}

void Session::deliver(Delivery delivery)
{
    in_flight_ -= delivery.weight;
    if (broken_) return;
    if (unsent_.empty())
        unsent_ = std::move(delivery.bytes);
    else
        unsent_ += delivery.bytes;
    if (delivery.late) delivery.late(unsent_);
    unsent_pushed_ += delivery.pushed;
    if (unsent_.size() > unsent_factor * services_.limits.unsent_bytes_max) {
        spdlog::warn("session {}: the peer does not read what it is sent; closing", peer_->number);
        close_now();
        return;
    }
    if (!writing_) send_what_fits();
    if (!unsent_.empty() || may_end()) work_.raise();
    room_.raise();
}

/// Most replies fit the socket's buffer: writing them here spares waking the writer.
void Session::send_what_fits()
{
    error_code failure;
    const auto size = socket_.write_some(asio::buffer(unsent_), failure);
    unsent_.erase(0, failure ? 0 : size);  // what failed, the writer tries again and sees why
    if (unsent_.empty()) settle_pushed(std::exchange(unsent_pushed_, 0));
}

void Session::settle_pushed(std::uint32_t lines)
{
    if (lines == 0) return;
    peer_->pushed_waiting.fetch_sub(lines, std::memory_order_relaxed);
    services_.watcher_ready();
}

asio::awaitable<void> Session::write_replies([[maybe_unused]] std::shared_ptr<Session> self)
{
    while (!broken_) {
        if (unsent_.empty()) {
            if (may_end()) break;
            co_await work_.wait();
            continue;
        }
        const auto pushed = std::exchange(unsent_pushed_, 0);
        sending_.clear();
        sending_.swap(unsent_);
        writing_ = true;
        const bool sent = co_await send_all();
        writing_ = false;
        if (!sent) broken_ = true;
        settle_pushed(pushed);
        room_.raise();
    }
    co_await hang_up();
    close_now();
    task_ended();
}

asio::awaitable<bool> Session::send_all()
{
    for (std::size_t sent = 0; sent < sending_.size();) {
        write_since_ = std::chrono::steady_clock::now();
        const auto rest = asio::buffer(sending_.data() + sent, sending_.size() - sent);
        const auto [failure, size] = co_await socket_.async_write_some(rest, nothrow);
        if (failure) co_return false;
        sent += size;
    }
    write_since_.reset();
    co_return true;
}

/// Lets a peer read our last words: closing with its bytes unread would take them back.
asio::awaitable<void> Session::hang_up()
{
    if (broken_ || !closing_) co_return;
    hang_up_since_ = std::chrono::steady_clock::now();
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    std::string discarded(16 * 1024, '\0');
    for (;;) {
        const auto [failure, size] = co_await socket_.async_read_some(asio::buffer(discarded), nothrow);
        if (failure) co_return;
    }
}

void Session::close_now()
{
    broken_ = true;
    error_code ignored;
    socket_.shutdown(Socket::shutdown_both, ignored);
    socket_.close(ignored);
    room_.raise();
    work_.raise();
}

void Session::task_ended()
{
    if (--tasks_left_ > 0) return;
    services_.mailbox.put(PeerClosed{peer_});
    services_.closed(peer_->number);
}

}  // namespace triaged::daemon
