using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kalinka.Tests.Integration.ZooKeeper;

/// <summary>Two certificates that sign themselves, as PEM for one side and as Java's key stores for the other.</summary>
internal sealed class KeyStores : IDisposable
{
    public const string Password = "changeit";

    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("zookeeper-keys-").FullName;

    private KeyStores() { }

    public string ServerPem => Path.Combine(_directory, "server.pem");

    public string ServerStore => Path.Combine(_directory, "server.p12");

    public string ClientPem => Path.Combine(_directory, "client.pem");

    public string ClientKey => Path.Combine(_directory, "client.key");

    public string TrustStore => Path.Combine(_directory, "trust.jks");

    public static async Task<KeyStores> MakeAsync()
    {
        var made = new KeyStores();
        made.MakeServer();
        made.MakeClient();

        // Java takes a PKCS#12 file for a store of keys, but as trusted it knows only what keytool has put there.
        using var keytool = Process.Start(
            "keytool",
            $"-importcert -noprompt -alias client -file {made.ClientPem} -keystore {made.TrustStore} "
                + $"-storetype JKS -storepass {Password}"
        );
        await keytool.WaitForExitAsync();
        Assert.That(keytool.ExitCode, Is.Zero);
        return made;
    }

    public void Dispose() => System.IO.Directory.Delete(_directory, recursive: true);

    private void MakeServer()
    {
        using var key = RSA.Create(2048);
        using var certificate = SelfSigned("CN=zookeeper", key);
        File.WriteAllText(ServerPem, certificate.ExportCertificatePem());
        File.WriteAllBytes(ServerStore, certificate.Export(X509ContentType.Pkcs12, Password));
    }

    private void MakeClient()
    {
        using var key = RSA.Create(2048);
        using var certificate = SelfSigned("CN=kalinka", key);
        File.WriteAllText(ClientPem, certificate.ExportCertificatePem());
        File.WriteAllText(ClientKey, key.ExportPkcs8PrivateKeyPem());
    }

    private static X509Certificate2 SelfSigned(string name, RSA key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }
}
