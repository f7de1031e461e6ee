using System.Text.Json;
using Kalinka.Common.Configuration;
using Kalinka.Common.Text;

namespace Kalinka.Common.Brokers;

/// <summary>What <c>/brokers/name</c> says of a broker. Anybody may have written it.</summary>
/// <param name="Address">Null where only something of a configured broker is kept.</param>
/// <param name="Partition">Of <c>kalinka.delivery</c>; null when none is assigned.</param>
/// <param name="Retired">It is to be switched off.</param>
/// <param name="Held">Its traffic is parked in Kafka meanwhile.</param>
internal sealed record Announcement(BrokerAddress? Address, int? Partition, bool Retired, bool Held = false)
{
    public const int MaximumBytes = 65_536;

    public const string StateField = "state";
    public const string RetiredState = "retired";
    public const string PartitionField = "partition";
    public const string HeldField = "held";

    private const string AddressField = "address";
    private const int LongestAddress = 300;
    private const int LongestField = 32;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Null, and what is wrong, when it cannot be used. The message holds no control characters.</summary>
    public static Announcement? Parse(ReadOnlyMemory<byte> data, out string problem)
    {
        problem = "";
        if (data.IsEmpty)
        {
            return new Announcement(null, null, false);
        }

        if (data.Length > MaximumBytes)
        {
            problem = $"{data.Length} bytes are more than the {MaximumBytes} that are read";
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(data, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return Of(document.RootElement, out problem);
            }

            problem = """is no JSON object; { "address": "mqtt://host:1883" } is expected""";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The exception quotes what was found there.
            problem = """is no JSON; { "address": "mqtt://host:1883" } is expected""";
        }

        return null;
    }

    private static Announcement? Of(JsonElement json, out string problem)
    {
        problem = "";
        BrokerAddress? address = null;
        if (Text(json, AddressField, ref problem) is { } text)
        {
            address = AddressOf(text, ref problem);
        }

        var state = Text(json, StateField, ref problem);
        var partition = PartitionOf(json, ref problem);
        var held = HeldOf(json, ref problem);
        problem = problem.Length > 0 || address is not null ? problem : Misspelt(json);
        return problem.Length > 0 ? null : new Announcement(address, partition, state == RetiredState, held);
    }

    private static BrokerAddress? AddressOf(string text, ref string problem)
    {
        if (text.Length > LongestAddress || text.Any(char.IsControl))
        {
            problem = $"'address' must be at most {LongestAddress} characters, none of them a control character";
            return null;
        }

        var address = BrokerAddress.Parse(text, out var mistake);
        if (address is not null && Uri.CheckHostName(address.Host) == UriHostNameType.Unknown)
        {
            (address, mistake) = (null, $"'{text}' names no host");
        }

        problem = address is null ? $"'address': {mistake}" : problem;
        return address;
    }

    // Without an address it says nothing of a broker that nobody configured, and nobody would hear why.
    private static string Misspelt(JsonElement json)
    {
        foreach (var field in json.EnumerateObject())
        {
            if (
                field.Name.Length <= LongestField
                && Spelling.Suggest(field.Name, [AddressField]) is { Length: > 0 } meant
            )
            {
                return $"has no 'address', but '{Printable.Of(field.Name)}'{meant}";
            }
        }

        return "";
    }

    private static string? Text(JsonElement json, string field, ref string problem)
    {
        if (!json.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString();
        }

        problem = $"'{field}' must be a text";
        return null;
    }

    private static bool HeldOf(JsonElement json, ref string problem)
    {
        if (!json.TryGetProperty(HeldField, out var value) || value.ValueKind is JsonValueKind.Null)
        {
            return false;
        }

        problem = value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? problem
            : $"'{HeldField}' must be true or false";
        return value.ValueKind == JsonValueKind.True;
    }

    private static int? PartitionOf(JsonElement json, ref string problem)
    {
        if (!json.TryGetProperty(PartitionField, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var partition) && partition >= 0)
        {
            return partition;
        }

        problem = "'partition' must be a whole number, 0 or more";
        return null;
    }
}
