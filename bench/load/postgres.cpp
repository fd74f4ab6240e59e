// PostgreSQL as a peer: single-row inserts, each its own transaction, pipelined up to the window.

#include <libpq-fe.h>

#include <array>
#include <stdexcept>

#include "bench/load/peer.hpp"

namespace triaged::load {

namespace {

class PostgresConnection final : public Connection {
public:
    explicit PostgresConnection(const std::string& to) : connection_(PQconnectdb(to.c_str()), &PQfinish)
    {
        if (PQstatus(connection_.get()) != CONNECTION_OK) cannot("cannot connect");
        const auto prepared =
            Reply(PQprepare(connection_.get(), "put", "INSERT INTO load(body) VALUES($1)", 1, nullptr));
        if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) cannot("cannot prepare");
        if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1)
            cannot("cannot pipeline");
    }

    int fd() const override { return PQsocket(connection_.get()); }

    void send(const Tickets& tickets, const std::string& run, std::uint64_t n) override
    {
        ticket_.clear();
        tickets.append(ticket_, run, n);
        const std::array<const char*, 1> values{ticket_.c_str()};
        // A sync after each makes each its own transaction.
        if (PQsendQueryPrepared(connection_.get(), "put", 1, values.data(), nullptr, nullptr, 0) != 1 ||
            PQpipelineSync(connection_.get()) != 1)
            cannot("sending");
    }

    bool flush() override
    {
        const int left = PQflush(connection_.get());
        if (left < 0) cannot("sending");
        return left > 0;
    }

    std::size_t receive(std::uint64_t& refused, std::string& why) override
    {
        if (PQconsumeInput(connection_.get()) != 1) cannot("receiving");
        std::size_t answered = 0;
        while (PQisBusy(connection_.get()) == 0) {
            const auto reply = Reply(PQgetResult(connection_.get()));
            if (!reply) {
                // The end of one statement's results; a second in a row means that nothing is under way.
                if (ended_) break;
                ended_ = true;
                continue;
            }
            ended_ = false;
            const auto status = PQresultStatus(reply.get());
            if (status == PGRES_PIPELINE_SYNC) {
                ++answered;
            } else if (status != PGRES_COMMAND_OK) {
                ++refused;
                why = PQresultErrorMessage(reply.get());
            }
        }
        return answered;
    }

private:
    struct Clear {
        void operator()(PGresult* reply) const { PQclear(reply); }
    };
    using Reply = std::unique_ptr<PGresult, Clear>;

    [[noreturn]] void cannot(const std::string& what) const
    {
        throw std::runtime_error("PostgreSQL: " + what + ": " + PQerrorMessage(connection_.get()));
    }

    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
    std::string ticket_;
    bool ended_ = false;
};

}  // namespace

std::unique_ptr<Connection> connect_postgres(const std::string& to)
{
    return std::make_unique<PostgresConnection>(to);
}

}  // namespace triaged::load
