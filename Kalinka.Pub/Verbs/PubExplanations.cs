using System.Text;
using Kalinka.Common.Records;
using Kalinka.Common.Verbs;
using Kalinka.Pub.Configuration;
using Kalinka.Pub.Mapping;

namespace Kalinka.Pub.Verbs;

/// <summary>Puts together what the rules say and what the daemon adds to every record.</summary>
internal static class PubExplanations
{
    // Where only announced brokers may be there: some name, for rules that use it.
    private const string AnyBroker = "broker";

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
        var mapped = configuration.Mapping.Explain(
            mqttTopic,
            broker ?? (brokers is [var first, ..] ? first.Name : AnyBroker),
            userProperties
        );
        if (mapped.Reason is not null)
        {
            return Explanation.Of(mapped, headers: null, broker, Fate(configuration, mapped));
        }

        var headers = ExplainedHeaders.Of(mapped.Headers, OfDaemon(mqttTopic, broker), userProperties);
        var hops = HopsOf(userProperties);
        return Explanation.Of(
            mapped,
            headers,
            broker,
            hops > Hops.Maximum ? $"loop: {hops} hops; becomes a dead letter" : null
        );
    }

    // As the daemon reads it: the first property of the name.
    private static int HopsOf(IReadOnlyList<KeyValuePair<string, string>> userProperties)
    {
        var name = Encoding.UTF8.GetString(HeaderNames.Hops);
        var text = userProperties.FirstOrDefault(property => property.Key == name).Value ?? "";
        return Hops.TryParse(Encoding.UTF8.GetBytes(text), out var hops) ? hops : Hops.None;
    }

    private static string Fate(PubConfiguration configuration, PubExplanation mapped)
    {
        var kept = mapped.Matched || configuration.Options.Mapping.DeadLetterUnmapped;
        return $"{mapped.Reason}; {(kept ? "becomes a dead letter" : "is dropped")}";
    }

    private static IEnumerable<KeyValuePair<string, string>> OfDaemon(string mqttTopic, string? broker)
    {
        yield return KeyValuePair.Create(Encoding.UTF8.GetString(HeaderNames.MqttTopic), mqttTopic);
        if (broker is not null)
        {
            yield return KeyValuePair.Create(Encoding.UTF8.GetString(HeaderNames.MqttBroker), broker);
        }
    }
}
