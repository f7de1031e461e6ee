using System.Buffers.Binary;

namespace Kalinka.Common.ZooKeeper.Jute;

/// <summary>Cuts a stream into frames. One reader at a time.</summary>
/// <param name="stream">What is read.</param>
/// <param name="limit">Bytes that a frame may have at the most.</param>
internal sealed class FrameReader(Stream stream, int limit)
{
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    /// <summary>The next frame without its length, good until the next call; null at the end of the stream.</summary>
    /// <exception cref="OversizeFrameException">The frame is larger than the limit.</exception>
    /// <exception cref="InvalidDataException">What came is no frame.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(sizeof(int), cancellationToken))
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        if (length < 0)
        {
            throw new InvalidDataException($"a frame with length {length}: this is no ZooKeeper");
        }

        if (length > limit)
        {
            throw new OversizeFrameException(length, limit);
        }

        _start += sizeof(int);
        if (!await FillAsync(length, cancellationToken))
        {
            throw new EndOfStreamException("the stream ended within a frame");
        }

        var frame = _buffer.AsMemory(_start, length);
        _start += length;
        return frame;
    }

    /// <returns>False when the stream ended before the first of these bytes.</returns>
    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        MakeRoom(count);
        while (_end - _start < count)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
            {
                return _end == _start ? false : throw new EndOfStreamException("the stream ended within a frame");
            }

            _end += read;
        }

        return true;
    }

    private void MakeRoom(int count)
    {
        if (_buffer.Length - _start >= count)
        {
            return;
        }

        var target = count > _buffer.Length ? new byte[Math.Min(Math.Max(_buffer.Length * 2, count), limit)] : _buffer;
        _buffer.AsSpan(_start, _end - _start).CopyTo(target);
        _end -= _start;
        _start = 0;
        _buffer = target;
    }
}
