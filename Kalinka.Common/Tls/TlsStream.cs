using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Kalinka.Common.Tls;

/// <summary>
/// TLS towards a server: 1.2 or later, host name verified, trusting the CA file alone where one is given. The files are read
/// with every connection, so that a renewed certificate needs no restart.
/// </summary>
internal static class TlsStream
{
    /// <summary>Runs the handshake on the calling thread.</summary>
    /// <exception cref="AuthenticationException">One side does not trust the other.</exception>
    public static SslStream Open(Stream inner, string host, TlsOptions options)
    {
        var stream = new SslStream(inner);
        stream.AuthenticateAsClient(Terms(host, options));
        return stream;
    }

    /// <inheritdoc cref="Open"/>
    public static async Task<SslStream> OpenAsync(
        Stream inner,
        string host,
        TlsOptions options,
        CancellationToken cancellationToken
    )
    {
        var stream = new SslStream(inner);
        await stream.AuthenticateAsClientAsync(Terms(host, options), cancellationToken);
        return stream;
    }

    private static SslClientAuthenticationOptions Terms(string host, TlsOptions options) =>
        new()
        {
            TargetHost = host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = Trust(options.CaFile),
            ClientCertificateContext = Identity(options),
        };

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

        var certificate = X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.CertificateFile);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}
