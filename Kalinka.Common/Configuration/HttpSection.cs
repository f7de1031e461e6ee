using Microsoft.AspNetCore.Http;

namespace Kalinka.Common.Configuration;

/// <summary>Reads the section <c>Http</c>: where health, metrics and status are served.</summary>
public static class HttpSection
{
    private const string Expected = "http://host:port is expected: http://127.0.0.1:9464";

    /// <summary>The address to listen on; null for no endpoints.</summary>
    public static string? Read(SectionReader section)
    {
        if (section.Text("Url") is not { } url)
        {
            return null;
        }

        if (Parse(url) is not { } address)
        {
            section.Error("Url", $"'{url}' is no address to listen on: {Expected}");
        }
        else if (address.Scheme == "https")
        {
            section.Error("Url", $"'{url}': TLS is not served here, put a proxy in front; {Expected}");
        }
        else if (address.Scheme != "http" || address.PathBase.Length > 0)
        {
            section.Error("Url", $"'{url}': {Expected}");
        }
        else if (!Hosts.IsLoopback(address.Host))
        {
            section.Warn("Url", $"'{url}' is open to the network: status and metrics ask for no password");
        }

        return url;
    }

    private static BindingAddress? Parse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address.Port is > 0 and <= ushort.MaxValue && !address.IsUnixPipe && !address.IsNamedPipe
                ? address
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
