// calendars.yaml and the iCalendar files it names: what they mean, and every mistake with its place.

#include <catch2/catch.hpp>

#include "engine/config/holidays.hpp"
#include "tests/config/folder.hpp"

using namespace triaged;
using config::Day;
using config::Folder;
using std::chrono::hours;

namespace {

using Complaints = std::vector<std::string>;

Instant utc(int year, unsigned month, unsigned day, int hour = 0)
{
    const Day date{std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day}};
    return Instant{std::chrono::duration_cast<Duration>(date.time_since_epoch()).count()} + hours{hour};
}

config::Config loaded(const Folder& folder)
{
    std::vector<Diagnostic> found;
    auto config = config::load((folder.path() / "triaged.yaml").string(), found, utc(2026, 11, 25));
    INFO(render(found, false));
    REQUIRE(config);
    return *config;
}

std::string event(const std::string& lines)
{
    return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + lines + "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

}  // namespace

TEST_CASE("a calendar file becomes hours in UTC", "[config]")
{
    const Folder folder;
    folder.write("holidays.ics", event("SUMMARY:Once\r\nDTSTART;VALUE=DATE:20261127\r\n"));
    folder.write("calendars.yaml", R"(
dach:
  about: Berlin
  zone: Europe/Berlin
  open: {mon-thu: [08:00-12:00, 13:00-18:00], fri: 08:00-12:00}
  holidays: [2026-11-26, 12-25, {date: 12-24, open: 08:00-10:00}, {file: holidays.ics}]
all: {open: always}
)");
    folder.write("queues.yaml", "queues: {general: {calendar: dach}}\n");
    const auto config = loaded(folder);
    CHECK(config.desk.queues.at(QueueName("general")).calendar == "dach");
    const auto& dach = config.desk.calendars.at("dach");
    CHECK(dach.zone() == "Europe/Berlin");
    CHECK(business_time(dach, utc(2026, 11, 23), utc(2026, 11, 26)) == hours{27});
    CHECK(business_time(dach, utc(2026, 11, 26), utc(2026, 11, 30)) == hours{0});
    CHECK(next_open(dach, utc(2026, 11, 26)) == utc(2026, 11, 30, 7));
    CHECK(business_time(dach, utc(2026, 12, 24), utc(2026, 12, 26)) == hours{2});
    CHECK(business_time(dach, utc(2025, 12, 24), utc(2025, 12, 26)) == hours{2});
    CHECK(business_time(config.desk.calendars.at("all"), utc(2026, 1, 1), utc(2026, 1, 2)) == hours{24});
}

TEST_CASE("without calendars there need not be a file, unless it is named", "[config]")
{
    const Folder folder;
    CHECK(loaded(folder).desk.calendars.empty());
    folder.write("triaged.yaml", "calendars: hours.yaml\n");
    CHECK(folder.complaints() == Complaints{"hours.yaml:0:0: unreadable-file: cannot read this file"});
}

TEST_CASE("mistakes in calendars.yaml", "[config]")
{
    struct Row {
        std::string name;
        std::string text;
        std::string complaint;
    };
    const auto row = GENERATE(values<Row>({
        {"unknown zone", "a: {zone: Europe/Berln, open: always}\n",
         "1:11: unknown-zone: calendar 'a': there is no time zone 'Europe/Berln'"},
        {"no hours", "a: {zone: UTC}\n", "1:4: missing-key: calendar 'a' needs 'open'"},
        {"never open", "a: {open: {}}\n", "1:11: empty: calendar 'a': it is never open"},
        {"no such day", "a: {open: {monday: 08:00-09:00}}\n",
         "1:12: bad-value: calendar 'a': 'monday' is no day of the week"},
        {"a day twice", "a: {open: {mon-wed: 08:00-09:00, tue: 08:00-09:00}}\n",
         "1:34: repeated-key: calendar 'a': tue has hours already"},
        {"bad hours", "a: {open: {mon: 8-9}}\n",
         "1:17: bad-value: calendar 'a': '8-9' are no hours: they do not start with a time of day; write "
         "them like "
         "08:00-18:00, or 22:00-06:00 until the next morning"},
        {"overlap", "a: {open: {mon: [08:00-12:00, 11:00-13:00]}}\n",
         "1:31: bad-value: calendar 'a': '11:00-13:00' begins before the hours written before it end"},
        {"no day", "a: {open: always, holidays: [02-30]}\n",
         "1:30: bad-value: calendar 'a': '02-30' is no day"},
        {"a day off twice", "a: {open: always, holidays: [2026-01-01, 2026-01-01]}\n",
         "1:42: repeated-name: calendar 'a': '2026-01-01' is there twice"},
        {"neither date nor file", "a: {open: always, holidays: [{about: x}]}\n",
         "1:30: missing-key: calendar 'a': holidays: either 'date' or 'file'"},
        {"no file", "a: {open: always, holidays: [{file: x.ics}]}\n",
         "1:37: unreadable-file: calendar 'a': cannot read 'x.ics'"},
        {"odd name", "a b: {open: always}\n", "1:1: bad-name: calendar 'a b': this cannot be a name"},
    }));
    const Folder folder;
    folder.write("calendars.yaml", row.text);
    INFO(row.name);
    const auto complaints = folder.complaints();
    REQUIRE(complaints.size() == 1);
    CHECK_THAT(complaints.front(), Catch::StartsWith("calendars.yaml:" + row.complaint));
}

TEST_CASE("a queue's calendar must exist", "[config]")
{
    const Folder folder;
    folder.write("calendars.yaml", "dach: {open: always}\n");
    folder.write("queues.yaml", "queues: {general: {calendar: dahc}}\n");
    CHECK(folder.complaints() ==
          Complaints{"queues.yaml:1:30: unknown-calendar: queue 'general': unknown calendar 'dahc'"});
}

TEST_CASE("an iCalendar file names days, stretches of days and days of every year", "[config]")
{
    std::vector<Diagnostic> found;
    const auto holidays = config::read_holidays(
        "h.ics",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nEND:"
        "STANDARD\r\nEND:VTIMEZONE\r\n"
        "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:a name that is\r\n  folded\r\nDTSTART;VALUE=DATE:20261224\r\n"
        "DTEND;VALUE=DATE:20261227\r\nBEGIN:VALARM\r\nTRIGGER:-P1D\r\nEND:VALARM\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\nDTSTART:20200501\nRRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=1;COUNT=3\nEND:VEVENT\n"
        "BEGIN:VEVENT\nDTSTART:20201231\nDURATION:P2D\nRRULE:FREQ=YEARLY\nX-NOTE:kept\nEND:VEVENT\n"
        "BEGIN:VEVENT\nDTSTART:20260101\nSTATUS:CANCELLED\nEND:VEVENT\nEND:VCALENDAR\n",
        found);
    CHECK(render(found, false).empty());
    const Day christmas{std::chrono::year{2026} / 12 / 24};
    CHECK(holidays.days ==
          std::vector<Day>{christmas, christmas + std::chrono::days{1}, christmas + std::chrono::days{2}});
    REQUIRE(holidays.yearly.size() == 3);
    CHECK(holidays.yearly[0].on == std::chrono::May / 1);
    CHECK(holidays.yearly[0].from_year == 2020);
    CHECK(holidays.yearly[0].to_year == 2022);
    CHECK(holidays.yearly[1].from_year == 2020);
    CHECK(holidays.yearly[2].on == std::chrono::January / 1);
    CHECK(holidays.yearly[2].from_year == 2021);
}

TEST_CASE("what an iCalendar file says that is not understood is refused with its line", "[config]")
{
    struct Row {
        std::string name;
        std::string text;
        std::string complaint;
    };
    const auto row = GENERATE(values<Row>({
        {"not a calendar", "hello\n", "1: this is no iCalendar file: it does not begin with BEGIN:VCALENDAR"},
        {"a time", event("DTSTART:20261224T080000Z\r\n"),
         "3: DTSTART: a holiday is a date, such as DTSTART;VALUE=DATE:20261224, not '20261224T080000Z'"},
        {"no such day", event("DTSTART:20260230\r\n"),
         "3: DTSTART: a holiday is a date, such as DTSTART;VALUE=DATE:20261224, not '20260230'"},
        {"every week", event("DTSTART:20261224\r\nRRULE:FREQ=WEEKLY\r\n"),
         "4: RRULE: 'FREQ=WEEKLY' is not understood; only FREQ=YEARLY with COUNT or UNTIL is"},
        {"a Monday of every year", event("DTSTART:20260525\r\nRRULE:FREQ=YEARLY;BYDAY=-1MO\r\n"),
         "4: RRULE: 'BYDAY=-1MO' is not understood; only FREQ=YEARLY with COUNT or UNTIL is"},
        {"another month than it starts in", event("DTSTART:20260525\r\nRRULE:FREQ=YEARLY;BYMONTH=6\r\n"),
         "4: RRULE: 'BYMONTH=6' is not understood; only FREQ=YEARLY with COUNT or UNTIL is"},
        {"an exception", event("DTSTART:20261224\r\nEXDATE:20271224\r\n"), "4: EXDATE is not understood"},
        {"ends too early", event("DTSTART:20261224\r\nDTEND:20261224\r\n"),
         "2: this event ends before it starts; DTEND is the day after the last"},
        {"no start", event("SUMMARY:x\r\n"), "2: this event has no DTSTART"},
        {"too long", event("DTSTART:20260101\r\nDTEND:20270101\r\n"),
         "2: this event lasts 365 days; at most 62 are understood"},
        {"half a day", event("DTSTART:20260101\r\nDURATION:PT12H\r\n"),
         "4: DURATION: whole days after DTSTART, such as P1D, not 'PT12H'"},
        {"a task", "BEGIN:VCALENDAR\nBEGIN:VTODO\nEND:VTODO\nEND:VCALENDAR\n",
         "2: VTODO is not understood; holidays are VEVENTs"},
        {"cut off", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n", "0: the file ends within an event"},
    }));
    INFO(row.name);
    std::vector<Diagnostic> found;
    config::read_holidays("h.ics", row.text, found);
    REQUIRE(found.size() == 1);
    CHECK(std::to_string(found[0].line) + ": " + found[0].message == row.complaint);
}
