#include "engine/forecast/learnt.hpp"

#include <algorithm>

namespace triaged::forecast {

namespace {

constexpr std::size_t contacts_kept_max = 200;  // of each hour of the week
constexpr std::size_t samples_kept_max = 5'000;
constexpr Duration handling_unknown{300'000};  // before any ticket was completed: five minutes
constexpr Duration answer_unknown{3'000};

QueueName queue_of(const desk::State& state, const desk::Ticket& ticket)
{
    return QueueName(state.symbols.text(ticket.queue));
}

}  // namespace

std::size_t hour_of_week(Instant at)
{
    constexpr std::int64_t thursday = 3 * 24;  // 1970 began on one
    const auto hours = at.ms / hour.count() + thursday;
    return static_cast<std::size_t>(hours % static_cast<std::int64_t>(hours_a_week));
}

void Learnt::Samples::add(Duration sample)
{
    if (kept.size() < samples_kept_max)
        kept.push_back(sample);
    else
        kept[seen % samples_kept_max] = sample;
    ++seen;
}

void Learnt::see(const Event& event, const desk::State& before)
{
    from_ = std::min(from_, event.at);
    to_ = std::max(to_, event.at);
    if (const auto* const opened = std::get_if<TicketOpened>(&event.what))
        this->opened(event, *opened);
    else if (const auto* const offer = std::get_if<OfferMade>(&event.what))
        offered_[offer->ticket] = event.at;
    else if (const auto* const accepted = std::get_if<OfferAccepted>(&event.what))
        this->accepted(event, *accepted, before);
    else if (const auto* const completed = std::get_if<TicketCompleted>(&event.what))
        this->completed(event, completed->ticket);
    else if (const auto* const abandoned = std::get_if<TicketAbandoned>(&event.what))
        this->abandoned(event, *abandoned, before);
    else if (const auto* const returned = std::get_if<TicketReturned>(&event.what))
        accepted_.erase(returned->ticket);
}

void Learnt::opened(const Event& event, const TicketOpened& what)
{
    ++tickets_;
    const auto at = hour_of_week(event.at);
    auto& contacts = contacts_[at];
    if (contacts.size() < contacts_kept_max)
        contacts.push_back(what.contact);
    else
        contacts[came_[at] % contacts_kept_max] = what.contact;
    ++came_[at];
}

void Learnt::accepted(const Event& event, const OfferAccepted& what, const desk::State& before)
{
    const auto* const ticket = before.find(what.ticket);
    if (ticket == nullptr) return;
    const auto queue = queue_of(before, *ticket);
    if (const auto offered = offered_.find(what.ticket); offered != offered_.end()) {
        answers_.add(event.at - offered->second);
        offered_.erase(offered);
    }
    if (is_live(ticket->channel))
        patience_[queue].waited_ms += static_cast<double>((event.at - ticket->waiting_since).count());
    accepted_[what.ticket] = {event.at, queue};
}

void Learnt::completed(const Event& event, TicketId ticket)
{
    const auto known = accepted_.find(ticket);
    if (known == accepted_.end()) return;
    const auto took = event.at - known->second.first;
    handling_[known->second.second].add(took);
    handling_of_all_.add(took);
    accepted_.erase(known);
    ++handled_;
}

void Learnt::abandoned(const Event& event, const TicketAbandoned& what, const desk::State& before)
{
    offered_.erase(what.ticket);
    const auto* const ticket = before.find(what.ticket);
    if (ticket == nullptr || !is_live(ticket->channel)) return;
    auto& patience = patience_[queue_of(before, *ticket)];
    ++patience.gave_up;
    patience.waited_ms +=
        static_cast<double>(std::max(Duration{0}, event.at - ticket->waiting_since).count());
}

std::optional<Instant> Learnt::accepted_at(TicketId ticket) const
{
    const auto known = accepted_.find(ticket);
    if (known == accepted_.end()) return std::nullopt;
    return known->second.first;
}

/// How much of this hour of the week history holds, in hours.
double Learnt::hours_seen(std::size_t of_week) const
{
    if (to_ <= from_) return 0;
    const Duration week = hour * static_cast<std::int64_t>(hours_a_week);
    const auto into_first = Duration{(from_.ms / hour.count()) * hour.count()};
    const auto first = hour_of_week(from_);
    const auto ahead = static_cast<std::int64_t>((of_week + hours_a_week - first) % hours_a_week);
    double seen = 0;
    for (auto start = Instant{into_first.count()} + hour * ahead; start < to_; start = start + week) {
        const auto from = std::max(start, from_);
        const auto to = std::min(start + hour, to_);
        if (from < to) seen += static_cast<double>((to - from).count()) / static_cast<double>(hour.count());
    }
    return seen;
}

double Learnt::arrivals(std::size_t of_week) const
{
    constexpr double enough = 0.5;  // hours; with less the first contact of a history would be a flood
    const auto over = [&](std::size_t first, std::size_t step) {
        double came = 0, seen = 0;
        for (auto h = first; h < hours_a_week; h += step) {
            came += static_cast<double>(came_[h]);
            seen += hours_seen(h);
        }
        return std::pair(came, seen);
    };
    if (const auto seen = hours_seen(of_week); seen >= enough)
        return static_cast<double>(came_[of_week]) / seen;
    if (const auto [came, seen] = over(of_week % 24, 24); seen >= enough) return came / seen;
    const auto [came, seen] = over(0, 1);
    return seen > 0 ? came / std::max(seen, enough) : 0;
}

const Contact* Learnt::any_contact(std::size_t of_week, Dice& dice) const
{
    if (!contacts_[of_week].empty()) return &dice.one(contacts_[of_week]);
    for (const std::size_t step : {std::size_t{24}, std::size_t{1}}) {
        std::size_t count = 0;
        for (auto h = of_week % step; h < hours_a_week; h += step) count += contacts_[h].size();
        if (count == 0) continue;
        auto place = dice.below(count);
        for (auto h = of_week % step; h < hours_a_week; h += step) {
            if (place < contacts_[h].size()) return &contacts_[h][place];
            place -= contacts_[h].size();
        }
    }
    return nullptr;
}

const Learnt::Samples& Learnt::handling_of(const QueueName& queue) const
{
    constexpr std::size_t enough = 5;
    const auto known = handling_.find(queue);
    return known == handling_.end() || known->second.kept.size() < enough ? handling_of_all_ : known->second;
}

Duration Learnt::any_handling(const QueueName& queue, Dice& dice) const
{
    const auto& samples = handling_of(queue).kept;
    return samples.empty() ? dice.span(static_cast<double>(handling_unknown.count())) : dice.one(samples);
}

Duration Learnt::any_rest(const QueueName& queue, Duration so_far, Dice& dice) const
{
    const auto& samples = handling_of(queue).kept;
    std::vector<Duration> longer;
    std::copy_if(samples.begin(), samples.end(), std::back_inserter(longer),
                 [&](Duration sample) { return sample > so_far; });
    if (!longer.empty()) return dice.one(longer) - so_far;
    return any_handling(queue, dice);  // longer than any before: nobody knows how much
}

Duration Learnt::any_answer(Dice& dice) const
{
    return answers_.kept.empty() ? answer_unknown : dice.one(answers_.kept);
}

std::optional<Duration> Learnt::any_patience(const QueueName& queue, Dice& dice) const
{
    const auto known = patience_.find(queue);
    const double share = dice.share();  // thrown in any case, so that runs stay comparable
    if (known == patience_.end() || known->second.gave_up == 0) return std::nullopt;
    const double mean = known->second.waited_ms / static_cast<double>(known->second.gave_up);
    return Duration{std::llround(-std::log1p(-share) * mean)};
}

}  // namespace triaged::forecast
