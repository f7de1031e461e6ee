using System.Text.Json;

namespace Kalinka.QuickStart.Ledger;

/// <summary>What devices and the back end send: JSON with the message's number in the ledger.</summary>
internal sealed record Payload(int Id, double Value)
{
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web);

    /// <exception cref="JsonException">These bytes were not made by <see cref="ToUtf8"/>.</exception>
    public static Payload Parse(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize<Payload>(utf8, JsonSerializerOptions.Web) ?? throw new JsonException("null");
}
