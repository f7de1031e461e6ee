using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kalinka.Common.Tls;

namespace Kalinka.Common.Configuration;

/// <summary>Reads a section <c>Tls</c> and looks into the files that it names. They are PEM.</summary>
internal static class TlsSection
{
    public static TlsOptions Read(SectionReader section)
    {
        var tls = new TlsOptions(section.Text("CaFile"), section.Text("CertificateFile"), section.Text("KeyFile"));
        CheckAuthorities(section, tls.CaFile);
        CheckCertificate(section, tls.CertificateFile, tls.KeyFile);
        return tls;
    }

    private static void CheckAuthorities(SectionReader section, string? file)
    {
        if (file is null || section.ReadFile("CaFile", file) is not { } pem)
        {
            return;
        }

        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(pem);
            if (authorities.Count > 0)
            {
                return;
            }
        }
        catch (CryptographicException)
        {
            // Told below, as for a file without any certificate.
        }

        section.Error("CaFile", $"{file} holds no certificate in PEM");
    }

    private static void CheckCertificate(SectionReader section, string? certificateFile, string? keyFile)
    {
        if ((certificateFile is null) != (keyFile is null))
        {
            var missing = certificateFile is null ? "CertificateFile" : "KeyFile";
            section.Error(missing, "is required: a client certificate needs CertificateFile and KeyFile");
        }

        var certificate = certificateFile is null ? null : section.ReadFile("CertificateFile", certificateFile);
        var key = keyFile is null ? null : section.ReadFile("KeyFile", keyFile);
        if (certificate is null || key is null)
        {
            return;
        }

        try
        {
            X509Certificate2.CreateFromPem(certificate, key).Dispose();
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            section.Error(
                "CertificateFile",
                $"{certificateFile} and {keyFile} do not go together: {exception.Message}"
            );
        }
    }
}
