using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kalinka.Common.Mapping;

namespace Kalinka.Common.Verbs;

/// <summary>What <c>explain</c> says of one message; null where it cannot be known without a server.</summary>
/// <param name="Rule">Its number in <c>Mapping:Rules</c>, from 0.</param>
/// <param name="Topic">Where the message goes: a Kafka topic (pub) or an MQTT topic (sub).</param>
/// <param name="Headers">Of the record (pub), or user properties of the publish (sub).</param>
/// <param name="Reason">Which rule matches, or why the message would be dropped or rejected.</param>
public sealed record Explanation(
    bool Matched,
    int? Rule,
    string? Topic,
    string? Key,
    IReadOnlyDictionary<string, string> Headers,
    int? Qos,
    bool? Retain,
    string? Client,
    string? Broker,
    int? Partition,
    string Reason
)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>How the rules came to their result, a line each, for a person.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Steps { get; private init; } = [];

    /// <summary>The message goes its way.</summary>
    [JsonIgnore]
    public bool Delivered { get; private init; }

    /// <param name="mapped">What the rules say.</param>
    /// <param name="headers">With those that the daemon adds; null for none.</param>
    /// <param name="broker">Null for unknown.</param>
    /// <param name="refusal">Why it does not go its way; null when it does.</param>
    public static Explanation Of(
        MappingExplanation mapped,
        IReadOnlyDictionary<string, string>? headers,
        string? broker,
        string? refusal
    ) =>
        new(
            mapped.Matched,
            mapped.Rule,
            mapped.Topic,
            mapped.Key,
            headers ?? new Dictionary<string, string>(),
            mapped.Qos,
            mapped.Retain,
            mapped.Client,
            broker,
            Partition: null,
            refusal ?? $"Mapping:Rules:{mapped.Rule} is the first rule that matches"
        )
        {
            Steps = mapped.Lines,
            Delivered = refusal is null,
        };

    /// <summary>Prints it for a person, or as JSON for a machine, and returns the exit code.</summary>
    public int Print(TextWriter output, bool json)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(this, Json));
        }
        else
        {
            PrintText(output);
        }

        return Delivered ? ExitCodes.Success : ExitCodes.Negative;
    }

    private void PrintText(TextWriter output)
    {
        foreach (var step in Steps)
        {
            output.WriteLine(step);
        }

        PrintLine(output, "topic", Topic);
        PrintLine(output, "key", Key);
        PrintLine(output, "client", Client);
        PrintLine(output, "qos", Qos?.ToString(CultureInfo.InvariantCulture));
        PrintLine(output, "retain", Retain?.ToString().ToLowerInvariant());
        PrintLine(output, "broker", Broker);
        foreach (var (name, value) in Headers)
        {
            PrintLine(output, "header", $"{name} = {value}");
        }

        PrintLine(output, "because", Reason);
    }

    private static void PrintLine(TextWriter output, string name, string? value)
    {
        if (value is not null)
        {
            output.WriteLine($"{name, -8}{value}");
        }
    }
}
