namespace Kalinka.Common.Configuration;

/// <summary>Reads the section <c>Buffer</c>: how many bytes of payload a daemon holds at most.</summary>
public static class BufferSection
{
    public static long Read(SectionReader section) => section.Number("Bytes", 64L << 20, 64L << 10, 64L << 30);
}
