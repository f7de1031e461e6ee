namespace Kalinka.Common.Configuration;

/// <summary><c>mqtt://host:port</c> or <c>mqtts://host:port</c>; the ports are 1883 and 8883 when they are left out.</summary>
/// <param name="Host">A name or an address; IPv6 without its brackets.</param>
internal sealed record BrokerAddress(string Host, int Port, bool Tls)
{
    private const string Expected = "mqtt://host:1883 or mqtts://host:8883 is expected";

    /// <summary>Null, and what is wrong, for anything else. The message repeats no credentials.</summary>
    public static BrokerAddress? Parse(string text, out string problem)
    {
        problem = "";
        var end = text.IndexOf("://", StringComparison.Ordinal);
        if (text.Contains('@', StringComparison.Ordinal))
        {
            problem = "an address holds no credentials: they belong in Username and Password";
        }
        else if (end < 0)
        {
            problem = $"'{text}' has no scheme; did you mean mqtt://{text}?";
        }
        else if (SchemeProblem(text[..end].ToLowerInvariant(), text[(end + 3)..]) is { } hint)
        {
            problem = $"'{text}': {hint}";
        }
        else if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Port == 0)
        {
            problem = $"'{text}' is no address: {Expected}";
        }
        else if (uri.PathAndQuery is not ("" or "/") || uri.Fragment.Length > 0)
        {
            problem = $"'{text}' must end with the port: {Expected}";
        }
        else
        {
            var tls = uri.Scheme == "mqtts";
            return new BrokerAddress(uri.DnsSafeHost, uri.Port > 0 ? uri.Port : DefaultPort(tls), tls);
        }

        return null;
    }

    private static string? SchemeProblem(string scheme, string rest) =>
        scheme switch
        {
            "mqtt" or "mqtts" => null,
            "tcp" => $"did you mean mqtt://{rest}?",
            "ssl" or "tls" or "mqtt+ssl" or "tcps" => $"did you mean mqtts://{rest}?",
            "ws" or "wss" or "http" or "https" => $"MQTT over WebSockets is not spoken; {Expected}",
            _ => Expected,
        };

    private static int DefaultPort(bool tls) => tls ? 8883 : 1883;
}
