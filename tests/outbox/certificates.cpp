#include "tests/outbox/certificates.hpp"

#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace triaged::test {

namespace ssl = boost::asio::ssl;

namespace {

void must(bool done)
{
    if (!done) throw std::runtime_error("OpenSSL did not make a certificate");
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()), &X509_EXTENSION_free);
    must(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

template <class Write>
std::string pem(Write write)
{
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    must(write(out.get()) == 1);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Authority::Authority(const std::string& name)
    : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate_(make(name, key_.get(), {}))
{
    extend(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate_.get(), certificate_.get(), NID_subject_key_identifier, "hash");
    must(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0);
}

std::string Authority::certificate() const
{
    return pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate_.get()); });
}

std::shared_ptr<ssl::context> Authority::server(const std::string& name, Hours hours) const
{
    const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    const auto certificate = make("a server", key.get(), hours);
    must(X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get())) == 1);
    extend(certificate.get(), certificate_.get(), NID_subject_alt_name, name);
    must(X509_sign(certificate.get(), key_.get(), EVP_sha256()) > 0);

    auto server = std::make_shared<ssl::context>(ssl::context::tls_server);
    server->use_certificate_chain(
        boost::asio::buffer(pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); })));
    const auto secret = pem([&](BIO* out) {
        return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    server->use_private_key(boost::asio::buffer(secret), ssl::context::pem);
    return server;
}

/// Of its own issue, and not signed yet.
Authority::Certificate Authority::make(const std::string& name, const EVP_PKEY* key, Hours hours)
{
    constexpr long hour = 3'600;
    Certificate certificate(X509_new(), &X509_free);
    auto* const made = certificate.get();
    std::uint32_t serial = 0;
    must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
    must(X509_set_version(made, X509_VERSION_3) == 1);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial);
    X509_gmtime_adj(X509_getm_notBefore(made), hours.from * hour);
    X509_gmtime_adj(X509_getm_notAfter(made), hours.until * hour);
    auto* const subject = X509_get_subject_name(made);
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1);
    must(X509_set_issuer_name(made, subject) == 1);
    must(X509_set_pubkey(made, const_cast<EVP_PKEY*>(key)) == 1);
    return certificate;
}

}  // namespace triaged::test
