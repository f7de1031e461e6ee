using System.Runtime.InteropServices;
using System.Text;

namespace Kalinka.Common.Kafka.Native;

/// <summary>Texts of C, which end with a NUL.</summary>
internal static unsafe class NativeText
{
    /// <summary>Large enough for what librdkafka writes into a caller's buffer.</summary>
    public const int BufferSize = 512;

    public static ReadOnlySpan<byte> Bytes(byte* text) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text);

    public static string Read(byte* text) => text is null ? "" : Encoding.UTF8.GetString(Bytes(text));
}
