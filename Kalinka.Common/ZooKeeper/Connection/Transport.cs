using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Kalinka.Common.Mqtt;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>Opens streams to servers: TCP, and TLS on the ensemble's secure port.</summary>
internal sealed class Transport(TlsOptions? tls)
{
    public async Task<Stream> OpenAsync(ServerAddress server, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return tls is null ? stream : await SecureAsync(stream, server.Host, tls, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<SslStream> SecureAsync(
        NetworkStream stream,
        string host,
        TlsOptions tls,
        CancellationToken cancellationToken
    )
    {
        var secured = new SslStream(stream);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificateContext = Identity(tls),
            CertificateChainPolicy = Trust(tls.CaFile),
        };
        await secured.AuthenticateAsClientAsync(options, cancellationToken);
        return secured;
    }

    // The files are read with every connection, so that a renewed certificate needs no restart.
    private static SslStreamCertificateContext? Identity(TlsOptions tls)
    {
        if (tls.CertificateFile is null)
        {
            return null;
        }

        var certificate = X509Certificate2.CreateFromPemFile(tls.CertificateFile, tls.KeyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(tls.CertificateFile);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
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
}
