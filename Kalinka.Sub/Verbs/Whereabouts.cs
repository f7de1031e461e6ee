using System.Text.Encodings.Web;
using System.Text.Json;
using Kalinka.Common.Text;
using Kalinka.Common.Verbs;

namespace Kalinka.Sub.Verbs;

/// <summary>What is known of a client.</summary>
/// <param name="Broker">Null: the client is unknown.</param>
/// <param name="Details">What whoever wrote the znode left behind the broker's name; null for nothing.</param>
/// <param name="Znode">Where this was looked for, below the chroot; null where clients are in a topic.</param>
/// <param name="Topic">Where this was looked for; null where clients are in ZooKeeper.</param>
/// <param name="Configured">The broker is one of the configuration's.</param>
internal sealed record Whereabouts(
    string Client,
    string? Broker,
    JsonElement? Details,
    string? Znode,
    string? Topic,
    bool Configured
)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Details as they are; what is no JSON becomes a JSON string.</summary>
    public static JsonElement? ParseDetails(string? details)
    {
        if (details is null)
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(details);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(details);
        }
    }

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

        return Broker is null ? ExitCodes.Negative : ExitCodes.Success;
    }

    private void PrintText(TextWriter output)
    {
        var remark = Broker is null || Configured ? "" : ", which is not among the configured ones";
        output.WriteLine($"client  {Printable.Of(Client)}");
        output.WriteLine($"broker  {Printable.Of(Broker ?? "unknown")}{remark}");
        if (Details is { } details)
        {
            output.WriteLine($"details {Printable.Of(details.GetRawText())}");
        }

        output.WriteLine(Znode is null ? $"topic   {Topic}" : $"znode   {Printable.Of(Znode)}");
    }
}
