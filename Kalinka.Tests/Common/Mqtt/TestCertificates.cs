using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kalinka.Tests.Common.Mqtt;

/// <summary>A certificate authority of the test's own, and what it has signed, as PEM files in a directory that goes with it.</summary>
internal sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset NotBefore = TimeProvider.System.GetUtcNow().AddDays(-1);
    private static readonly DateTimeOffset NotAfter = NotBefore.AddDays(30);

    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("certificates-").FullName;
    private readonly X509Certificate2 _authority;

    public TestCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(NotBefore, NotAfter);
        CaFile = Write("ca.pem", _authority.ExportCertificatePem());
    }

    public string CaFile { get; }

    /// <summary>The paths of a certificate for a host (a name or an address) and of its key.</summary>
    public (string Certificate, string Key) Issue(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, NotBefore, NotAfter, RandomNumberGenerator.GetBytes(8));
        return (
            Write($"{host}.pem", certificate.ExportCertificatePem()),
            Write($"{host}.key", key.ExportPkcs8PrivateKeyPem())
        );
    }

    public void Dispose()
    {
        _authority.Dispose();
        System.IO.Directory.Delete(_directory, recursive: true);
    }

    private string Write(string name, string pem)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, pem);
        return path;
    }
}
