namespace Kalinka.Common.Tls;

/// <summary>What a TLS connection trusts and shows. Files are PEM.</summary>
/// <param name="CaFile">Trusted instead of the system's store; null for the system's store.</param>
/// <param name="CertificateFile">The client's certificate, its chain behind it; null for none.</param>
/// <param name="KeyFile">Null: the key stands beside the certificate.</param>
public sealed record TlsOptions(string? CaFile, string? CertificateFile, string? KeyFile);
