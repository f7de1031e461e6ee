using System.Text;
using Kalinka.Common.Records;

namespace Kalinka.Sub.Verbs;

/// <summary>What <c>run</c> makes of a record's own headers, once the rules have mapped it.</summary>
internal static class RecordFate
{
    /// <summary>Why the record would not be delivered; null when nothing in its headers is against it.</summary>
    /// <param name="slack"><c>Delivery:ExpirySlack</c>.</param>
    /// <param name="now">The time at which the record would be sent.</param>
    public static string? Of(IReadOnlyList<KeyValuePair<string, string>> headers, TimeSpan slack, DateTimeOffset now)
    {
        if (HopsOf(headers) is > Hops.Maximum and var hops)
        {
            return $"loop: passed Kalinka {hops} times";
        }

        return
            ExpiryOf(headers) is { } expiresAtMs
            && now.ToUnixTimeMilliseconds() > expiresAtMs + (long)slack.TotalMilliseconds
            ? $"expired: {Encoding.UTF8.GetString(HeaderNames.MqttExpiresAt)} is {expiresAtMs}"
            : null;
    }

    private static int HopsOf(IReadOnlyList<KeyValuePair<string, string>> headers) =>
        Values(headers, HeaderNames.Hops)
            .Select(value => Hops.TryParse(value, out var hops) ? hops : Hops.None)
            .DefaultIfEmpty(Hops.None)
            .Max();

    private static long? ExpiryOf(IReadOnlyList<KeyValuePair<string, string>> headers) =>
        Values(headers, HeaderNames.MqttExpiresAt)
            .Select(value => Expiry.TryParse(value, out var expiresAtMs) ? expiresAtMs : (long?)null)
            .FirstOrDefault(expiresAtMs => expiresAtMs is not null);

    private static IEnumerable<byte[]> Values(
        IReadOnlyList<KeyValuePair<string, string>> headers,
        ReadOnlySpan<byte> name
    )
    {
        var text = Encoding.UTF8.GetString(name);
        return headers.Where(header => header.Key == text).Select(header => Encoding.UTF8.GetBytes(header.Value));
    }
}
