using System.Text.Json;
using System.Text.Json.Serialization;
using Kalinka.Common.Hosting;

namespace Kalinka.Common.Instances;

/// <summary>What an instance tells the others of itself.</summary>
/// <param name="Configuration">A hash that instances with the same configuration share.</param>
/// <param name="BrokersReached">The names of the brokers that it is connected to, or could be.</param>
public sealed record InstanceReport(
    string Version,
    string Configuration,
    bool KafkaReachable,
    IReadOnlyList<string> BrokersReached
)
{
    /// <summary>The names of those that it could not serve for so long that another should; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? BrokersUnable { get; init; }

    /// <summary>The names of those that are retired and that it has nothing to do with any more; null: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? BrokersRetired { get; init; }

    public static InstanceReport Of(DaemonStatus status, string configurationHash) =>
        new(
            ProductVersion.Text,
            configurationHash,
            status.Kafka.Reachable,
            [.. status.Brokers.Where(broker => broker.State == "connected").Select(broker => broker.Name)]
        )
        {
            BrokersRetired = Retired(status) is { Count: > 0 } retired ? retired : null,
        };

    /// <summary>The same bytes for the same report; names are written in camel case.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <summary>What another instance wrote; null when it is none that can be read.</summary>
    public static InstanceReport? TryParse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<InstanceReport>(json, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<string> Retired(DaemonStatus status) =>
        [.. status.Brokers.Where(broker => broker.Retired == true).Select(broker => broker.Name)];
}
