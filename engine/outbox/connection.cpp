#include "engine/outbox/connection.hpp"

#include <optional>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "engine/config/values.hpp"
#include "engine/outbox/attempt.hpp"

namespace triaged::outbox {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = asio::ssl;
using boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 4'096;

/// Why OpenSSL does not take the peer's certificate, in an operator's words.
std::string reason_of(long verdict)
{
    switch (verdict) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "its certificate has expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "its certificate is not valid yet";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "its certificate is for another name";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return fmt::format("its certificate is of an authority that is not known here ({})",
                               X509_verify_cert_error_string(verdict));
        default:
            return fmt::format("its certificate: {}", X509_verify_cert_error_string(verdict));
    }
}

/// Why the handshake failed.
std::string reason_of(const SSL* tls, const error_code& failure)
{
    if (const auto verdict = SSL_get_verify_result(tls); verdict != X509_V_OK) return reason_of(verdict);
    if (failure == asio::error::eof || failure == ssl::error::stream_truncated) return "it hung up";
    if (failure.category() != asio::error::get_ssl_category()) return failure.message();
    switch (ERR_GET_REASON(static_cast<unsigned long>(failure.value()))) {
        case SSL_R_WRONG_VERSION_NUMBER:
            return "it does not speak TLS";
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return "it does not speak TLS 1.2 or newer";
        default:
            return failure.message();
    }
}

/// \return whether TLS would go on only with a peer whose certificate is for `host`.
bool expect(SSL* tls, const std::string& host)
{
    auto* const wanted = SSL_get0_param(tls);
    error_code is_name;
    asio::ip::make_address(host, is_name);
    if (!is_name) return X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) == 1 &&
           SSL_set_tlsext_host_name(tls, host.c_str()) == 1;
}

/// Trusts the system's authorities and these, and asks for TLS 1.2 at least.
error_code prepare(ssl::context& context, const std::string& authorities)
{
    error_code failure;
    context.set_verify_mode(ssl::verify_peer, failure);
    if (!failure && SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) != 1)
        failure = asio::error::operation_not_supported;
    if (!failure) context.set_default_verify_paths(failure);
    if (!failure && !authorities.empty())
        context.add_certificate_authority(asio::buffer(authorities), failure);
    return failure;
}

}  // namespace

struct Connection::Streams {
    explicit Streams(asio::any_io_executor executor) : tcp(std::move(executor)) {}

    beast::tcp_stream tcp;
    // Made for each connection, which takes some 20 ms: an authority that the system comes to trust, or no
    // longer trusts, counts at once.
    std::optional<ssl::context> trust;
    std::optional<ssl::stream<beast::tcp_stream&>> tls;
};

Connection::Connection(asio::any_io_executor executor, config::TcpAddress peer, Duration limit)
    : peer_(std::move(peer)), limit_(limit), streams_(std::make_unique<Streams>(std::move(executor)))
{
    streams_->tcp.expires_after(limit);
}

Connection::~Connection() = default;

asio::awaitable<Result<void>> Connection::open()
{
    auto& tcp = streams_->tcp;
    asio::ip::tcp::resolver resolver(tcp.get_executor());
    const auto port = std::to_string(peer_.port);
    auto [unknown, places] = co_await resolver.async_resolve(peer_.host, port, nothrow);
    if (unknown) co_return failed("finding it", unknown.message());
    auto [unreachable, place] = co_await tcp.async_connect(places, nothrow);
    if (unreachable) co_return failed("connecting", why(unreachable));
    co_return Result<void>{};
}

asio::awaitable<Result<void>> Connection::encrypt(const std::string& authorities)
{
    constexpr std::string_view doing = "TLS";
    auto& trust = streams_->trust.emplace(ssl::context::tls_client);
    if (const auto failure = prepare(trust, authorities)) co_return failed(doing, failure.message());
    auto& tls = streams_->tls.emplace(streams_->tcp, trust);
    if (!expect(tls.native_handle(), peer_.host))
        co_return failed(doing, "no certificate can be for such a host");
    auto [refused] = co_await tls.async_handshake(ssl::stream_base::client, nothrow);
    if (refused == beast::error::timeout) co_return failed(doing, why(refused));
    if (refused) co_return failed(doing, reason_of(tls.native_handle(), refused));
    co_return Result<void>{};
}

asio::awaitable<Result<void>> Connection::send(std::string_view bytes, std::string_view doing)
{
    const auto buffer = asio::buffer(bytes);
    error_code unsent;
    if (streams_->tls) {
        auto [failure, size] = co_await asio::async_write(*streams_->tls, buffer, nothrow);
        unsent = failure;
    } else {
        auto [failure, size] = co_await asio::async_write(streams_->tcp, buffer, nothrow);
        unsent = failure;
    }
    if (unsent) co_return failed(doing, why(unsent));
    co_return Result<void>{};
}

asio::awaitable<Result<std::string_view>> Connection::receive(std::string_view doing)
{
    inbox_.resize(read_bytes);
    const auto buffer = asio::buffer(inbox_);
    error_code lost;
    std::size_t size = 0;
    if (streams_->tls) {
        auto [failure, read] = co_await streams_->tls->async_read_some(buffer, nothrow);
        lost = failure;
        size = read;
    } else {
        auto [failure, read] = co_await streams_->tcp.async_read_some(buffer, nothrow);
        lost = failure;
        size = read;
    }
    // Many end without TLS's own goodbye; what they said before stands by itself.
    if (lost && lost != asio::error::eof && lost != ssl::error::stream_truncated)
        co_return failed(doing, why(lost));
    co_return std::string_view(inbox_).substr(0, size);
}

std::string Connection::why(const boost::system::error_code& failure) const
{
    return failure == beast::error::timeout ? fmt::format("no answer in {}", to_string(limit_))
                                            : failure.message();
}

tl::unexpected<Error> Connection::failed(std::string_view doing, std::string_view why) const
{
    return fail(ErrorCode::unavailable, fmt::format("{}: {}: {}", config::to_string(peer_), doing, why));
}

}  // namespace triaged::outbox
