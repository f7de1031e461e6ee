using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Kalinka.Common.Mqtt;

/// <summary>TLS towards a broker: 1.2 or later, host name verified, trusting the CA file alone where one is given.</summary>
internal static class TlsStream
{
    /// <summary>Runs the handshake on the calling thread.</summary>
    /// <exception cref="AuthenticationException">One side does not trust the other.</exception>
    public static SslStream Open(Stream inner, string host, TlsOptions options)
    {
        var stream = new SslStream(inner);
        stream.AuthenticateAsClient(
            new SslClientAuthenticationOptions
            {
                TargetHost = host,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateChainPolicy = Trust(options.CaFile),
                ClientCertificateContext = Identity(options),
            }
        );
        return stream;
    }

    private static X509ChainPolicy? Trust(string? caFile)
    {
        if (caFile is null)
        {
            return null;
        }

        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(caFile);
        return policy;
    }

    private static SslStreamCertificateContext? Identity(TlsOptions options)
    {
        if (options.CertificateFile is null)
        {
            return null;
        }

        // Without a key file of its own the key is expected beside the certificate.
        var certificate = X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.CertificateFile);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}
