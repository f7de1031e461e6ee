using System.Globalization;
using System.Text;
using Kalinka.Common.Kafka;

namespace Kalinka.Common.Records;

/// <summary>A dead letter that could not be written yet, with everything it needs.</summary>
internal sealed class HeldRecord
{
    private readonly byte[] _key;
    private readonly byte[] _value;

    public HeldRecord(
        bool hasKey,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        RecordHeaderBuffer headers,
        long token
    )
    {
        HasKey = hasKey;
        _key = key.ToArray();
        _value = value.ToArray();
        Token = token;
        CopyHeaders(headers, onlyReserved: false);
    }

    private HeldRecord(in FailedRecord whole, int keyLength, int valueLength, bool onlyReserved, long token)
    {
        HasKey = whole.HasKey;
        _key = whole.Key[..keyLength].ToArray();
        _value = whole.Value[..valueLength].ToArray();
        Token = token;
        CopyHeaders(whole.Headers, onlyReserved);
    }

    public bool HasKey { get; }

    public ReadOnlySpan<byte> Key => _key;

    public ReadOnlySpan<byte> Value => _value;

    public RecordHeaderBuffer Headers { get; } = new();

    public long Token { get; }

    public bool IsTruncated => Headers.IndexOf(HeaderNames.Truncated) >= 0;

    /// <summary>
    /// The first 64 KiB of the value; and when that does not fit either, no value, and of the headers only those that
    /// Kalinka sets: they say what it was and why it is here.
    /// </summary>
    public static HeldRecord Truncated(in FailedRecord whole, long token)
    {
        const int most = DeadLetterWriter.TruncatedLength;
        if (whole.Headers.IndexOf(HeaderNames.Truncated) >= 0)
        {
            return new HeldRecord(whole, Math.Min(whole.Key.Length, most), 0, onlyReserved: true, token);
        }

        var valueLength = Math.Min(whole.Value.Length, most);
        var record = new HeldRecord(whole, whole.Key.Length, valueLength, onlyReserved: false, token);
        var size = Encoding.UTF8.GetBytes(whole.Value.Length.ToString(CultureInfo.InvariantCulture));
        record.Headers.Add(HeaderNames.Truncated, size);
        return record;
    }

    public HeldRecord Truncate() =>
        Truncated(
            new FailedRecord
            {
                KafkaTopic = "",
                HasKey = HasKey,
                Key = Key,
                Value = Value,
                Headers = Headers,
            },
            Token
        );

    private void CopyHeaders(RecordHeaderBuffer headers, bool onlyReserved)
    {
        for (var index = 0; index < headers.Count; index++)
        {
            if (!onlyReserved || MessageHeaders.IsReserved(headers.Name(index)))
            {
                Headers.Add(headers.Name(index), headers.Value(index));
            }
        }
    }
}
