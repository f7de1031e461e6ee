using System.Text;
using Kalinka.Common.Records;

namespace Kalinka.Common.Verbs;

/// <summary>The headers or user properties of a message that <c>explain</c> shows.</summary>
public static class ExplainedHeaders
{
    /// <summary>
    /// The rule's come first, then the daemon's, then those that the message brings along and that are not reserved. Of a
    /// name that is there twice the first counts, as it does for who reads them.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Of(
        IEnumerable<KeyValuePair<string, string>> ofRule,
        IEnumerable<KeyValuePair<string, string>> ofDaemon,
        IEnumerable<KeyValuePair<string, string>> ofMessage
    )
    {
        var headers = new Dictionary<string, string>();
        foreach (var (name, value) in ofRule.Concat(ofDaemon).Concat(ofMessage.Where(IsFree)))
        {
            headers.TryAdd(name, value);
        }

        return headers;
    }

    private static bool IsFree(KeyValuePair<string, string> header) =>
        !header.Key.StartsWith(Encoding.UTF8.GetString(HeaderNames.MqttPrefix), StringComparison.Ordinal)
        && !header.Key.StartsWith(Encoding.UTF8.GetString(HeaderNames.KalinkaPrefix), StringComparison.Ordinal);
}
