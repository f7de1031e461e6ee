using System.Text;
using Kalinka.Common.Records;
using Kalinka.Common.Verbs;
using Kalinka.Pub.Configuration;
using Kalinka.Pub.Mapping;

namespace Kalinka.Pub.Verbs;

/// <summary>Puts together what the rules say and what the daemon adds to every record.</summary>
internal static class PubExplanations
{
    /// <param name="broker">Null: the only broker of the configuration, or unknown when there are several.</param>
    public static Explanation Of(
        PubConfiguration configuration,
        string mqttTopic,
        string? broker,
        IReadOnlyList<KeyValuePair<string, string>> userProperties
    )
    {
        var brokers = configuration.Mqtt.Brokers;
        broker ??= brokers.Count == 1 ? brokers[0].Name : null;
        var mapped = configuration.Mapping.Explain(mqttTopic, broker ?? brokers[0].Name, userProperties);
        return Explanation.Of(
            mapped,
            mapped.Reason is null ? Headers(mapped, mqttTopic, broker, userProperties) : null,
            broker,
            Fate(configuration, mapped)
        );
    }

    private static string? Fate(PubConfiguration configuration, PubExplanation mapped)
    {
        if (mapped.Reason is null)
        {
            return null;
        }

        var kept = mapped.Matched || configuration.Options.Mapping.DeadLetterUnmapped;
        return $"{mapped.Reason}: {(kept ? "a dead letter" : "dropped")}";
    }

    /// <summary>Of a name that is there twice the first counts, as for whoever reads the record.</summary>
    private static Dictionary<string, string> Headers(
        PubExplanation mapped,
        string mqttTopic,
        string? broker,
        IReadOnlyList<KeyValuePair<string, string>> userProperties
    )
    {
        var headers = new Dictionary<string, string>();
        foreach (var (name, value) in mapped.Headers)
        {
            headers.TryAdd(name, value);
        }

        headers.TryAdd(Text(HeaderNames.MqttTopic), mqttTopic);
        if (broker is not null)
        {
            headers.TryAdd(Text(HeaderNames.MqttBroker), broker);
        }

        foreach (var (name, value) in userProperties.Where(property => !IsReserved(property.Key)))
        {
            headers.TryAdd(name, value);
        }

        return headers;
    }

    private static bool IsReserved(string name) =>
        name.StartsWith(Text(HeaderNames.MqttPrefix), StringComparison.Ordinal)
        || name.StartsWith(Text(HeaderNames.KalinkaPrefix), StringComparison.Ordinal);

    private static string Text(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name);
}
