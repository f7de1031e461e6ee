using Kalinka.Common.Configuration;
using Kalinka.Common.Kafka.Native;
using Kalinka.Common.Text;

namespace Kalinka.Common.Kafka;

/// <summary>Judges the section <c>Kafka:Properties</c> with librdkafka's own eyes. Asks no server.</summary>
public static class KafkaProperties
{
    private const string Section = "Kafka:Properties";

    /// <summary>Every mistake: unknown names, bad values, what may not be changed, and contradictions between properties.</summary>
    public static IReadOnlyList<ConfigurationError> Validate(KafkaOptions options)
    {
        using var scratch = new ClientConfiguration();
        var errors = options
            .Properties.Select(property => Check(scratch, property.Key, property.Value))
            .OfType<ConfigurationError>()
            .ToList();
        return errors.Count > 0 ? errors : Contradictions(options).Take(1).ToList();
    }

    private static ConfigurationError? Check(ClientConfiguration scratch, string name, string value)
    {
        var reason =
            ProtectedProperties.Refusal(name, value)
            ?? (PropertyNames.IsKnown(name) ? scratch.Set(name, value) : Unknown(name));
        return reason is null ? null : new ConfigurationError($"{Section}:{name}", reason);
    }

    private static string Unknown(string name) =>
        $"librdkafka has no such property{Spelling.Suggest(name, PropertyNames.All)}";

    /// <summary>Two clients without a broker: what fails in them would fail in the daemon.</summary>
    private static IEnumerable<ConfigurationError> Contradictions(KafkaOptions options)
    {
        var offline = options with { BootstrapServers = "", GroupId = "check" };
        var tries = new (int, IEnumerable<KeyValuePair<string, string>>)[]
        {
            (LibRdKafka.Producer, ProducerProperties.Of(offline, "check")),
            (LibRdKafka.Consumer, ConsumerProperties.Of(offline, "check")),
        };
        foreach (var (type, properties) in tries)
        {
            if (Try(type, properties) is { } reason)
            {
                yield return new ConfigurationError(Section, reason);
            }
        }
    }

    private static string? Try(int type, IEnumerable<KeyValuePair<string, string>> properties)
    {
        using var configuration = new ClientConfiguration();
        try
        {
            configuration.Build(type, properties.Where(property => property.Value.Length > 0)).Dispose();
            return null;
        }
        catch (KafkaFailureException refusal)
        {
            return refusal.Message;
        }
    }
}
