using System.Buffers.Text;
using System.Text;
using Kalinka.Common.Kafka;

namespace Kalinka.Common.Records;

/// <summary>
/// Numbers the records of one seat's mastership: <c>broker/seat/epoch/n</c>, n from 1. Repeats are recognisable by it,
/// gaps provable. One thread.
/// </summary>
/// <param name="epoch">Differs for every mastership of the seat: its znode's creation zxid.</param>
public sealed class SequenceHeader(string brokerName, int seat, long epoch)
{
    private readonly byte[] _prefix = Encoding.UTF8.GetBytes($"{brokerName}/{seat}/{epoch}/");
    private long _last;

    /// <summary>Appends the number that the next record will have.</summary>
    public void AddTo(RecordHeaderBuffer headers)
    {
        Span<byte> text = stackalloc byte[_prefix.Length + 20];
        _prefix.CopyTo(text);
        Utf8Formatter.TryFormat(_last + 1, text[_prefix.Length..], out var digits);
        headers.Add(HeaderNames.Sequence, text[..(_prefix.Length + digits)]);
    }

    /// <summary>The record has been taken by the producer: its number is used.</summary>
    public void Use() => _last++;
}
