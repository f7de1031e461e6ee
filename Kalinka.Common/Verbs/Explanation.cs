using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kalinka.Common.Verbs;

/// <summary>What <c>explain</c> says of one message; null where it cannot be known without a server.</summary>
/// <param name="Rule">Its number in <c>Mapping:Rules</c>, from 0.</param>
/// <param name="Topic">Where the message goes: a Kafka topic (pub) or an MQTT topic (sub).</param>
/// <param name="Reason">Why, for a person.</param>
public sealed record Explanation(
    bool Matched,
    int? Rule,
    string? Topic,
    string? Key,
    IReadOnlyDictionary<string, string>? Headers,
    int? Qos,
    bool? Retain,
    string? Client,
    string? Broker,
    int? Partition,
    string? Reason
)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Prints it for a person, or as JSON for a machine.</summary>
    public void Print(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(this, Json));
            return;
        }

        PrintLine(output, "rule", Rule is null ? "none" : $"Mapping:Rules:{Rule}");
        PrintLine(output, "topic", Topic);
        PrintLine(output, "key", Key);
        PrintLine(output, "client", Client);
        PrintLine(output, "qos", Qos?.ToString(System.Globalization.CultureInfo.InvariantCulture));
        PrintLine(
            output,
            "retain",
            Retain is null ? null
                : Retain.Value ? "true"
                : "false"
        );
        PrintLine(output, "broker", Broker);
        foreach (var (name, value) in Headers ?? new Dictionary<string, string>())
        {
            PrintLine(output, "header", $"{name} = {value}");
        }

        PrintLine(output, "because", Reason);
    }

    private static void PrintLine(TextWriter output, string name, string? value)
    {
        if (value is not null)
        {
            output.WriteLine($"{name, -8} {value}");
        }
    }
}
